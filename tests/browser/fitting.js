// What is wrong with how the page fits its window; fitting.py asks it.
() => {
    const LOOK = { visibilityProperty: true, opacityProperty: true };
    const faults = [];
    const name = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 110);
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) faults.push(`scrolls sideways by ${root.scrollWidth - root.clientWidth} px`);

    const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
    // What is open lies over the rest on purpose.
    const open = document.querySelector(".offcanvas-lg.show, .offer-box:not([hidden]), .menu[open] .menu-list");
    const place = dialog || open || document.body;
    if (place !== document.body) place.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    const scrolls = (style) => /auto|scroll/.test(style.overflowX + style.overflowY);
    // The part of the window in which an element can be seen, what is cut on purpose left out; null where nothing can.
    const isLayer = (style) => ["fixed", "sticky"].includes(style.position) || (style.position === "absolute" && style.zIndex !== "auto");
    const known = new Map();
    const about = (element) => {
        if (known.has(element)) return known.get(element);
        const style = getComputedStyle(element);
        const above = element === place || !element.parentElement ? { layer: place, isSeen: true, clips: [] } : about(element.parentElement);
        const isForEars = style.clip !== "auto" || style.clipPath !== "none" || element.matches(".skip-link, .skip-to-content-link");
        const found = {
            style,
            layer: isLayer(style) ? element : above.layer,
            isSeen: above.isSeen && !isForEars,
            clips: style.overflowX === "visible" && style.overflowY === "visible" || style.display === "inline" ? above.clips : [element, ...above.clips],
        };
        known.set(element, found);
        return found;
    };

    // Every piece of text: where it stands, and whether it is cut.
    const pieces = [];
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (!node.data.trim() || element.closest("svg, noscript, option, script, style, [hidden], .form-control")) continue;
        const { layer, isSeen, clips } = about(element);
        if (!isSeen || !element.checkVisibility(LOOK)) continue;
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
            // A word far beside its icon is for the ears only.
            if (box.width < 2 || box.height < 2 || box.right < -999) continue;
            const piece = { left: box.left, right: box.right, top: box.top, bottom: box.bottom, element, layer };
            let isMeant = false;
            for (const clip of clips) {
                const edge = clip.getBoundingClientRect();
                const { style } = about(clip);
                const cut = Math.max(edge.left - box.left, box.right - edge.right);
                isMeant ||= scrolls(style) || style.textOverflow === "ellipsis";
                if (cut > 2 && !isMeant) faults.push(`cut off by ${Math.round(cut)} px: ${name(element)}`);
                for (const [near, far] of [["left", "right"], ["top", "bottom"]]) {
                    piece[near] = Math.max(piece[near], edge[near]);
                    piece[far] = Math.min(piece[far], edge[far]);
                }
            }
            if (piece.right - piece.left > 2 && piece.bottom - piece.top > 2) pieces.push(piece);
        }
    }
    for (const one of pieces)
        if (one.right > root.clientWidth + 1 || one.left < -1) faults.push(`beside the window: ${name(one.element)}`);

    pieces.sort((a, b) => a.top - b.top);
    pieces.forEach((a, index) => {
        for (let at = index + 1; at < pieces.length && pieces[at].top < a.bottom - 3; at += 1) {
            const b = pieces[at];
            const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const high = Math.min(a.bottom, b.bottom) - b.top;
            if (a.layer === b.layer && a.element !== b.element && wide > 2 && high > 4) faults.push(`one over the other: ${name(a.element)} and ${name(b.element)}`);
        }
    });

    // Every control can be brought into the window, is wide enough for its words, and nothing lies over it.
    const controls = place.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=option]");
    for (const control of controls) {
        const { style, isSeen } = about(control);
        if (!isSeen || !control.checkVisibility(LOOK) || control.closest("svg")) continue;
        const label = control.matches("input[type=radio], input[type=file]") ? control.closest("label") || document.querySelector(`label[for='${control.id}']`) : null;
        const shown = label || control;
        if (shown.matches("button, .btn, [role=button]") && shown.scrollWidth > shown.clientWidth + 1) faults.push(`wider than its button: ${name(shown)}`);
        shown.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
        const box = [...shown.getClientRects()].find((one) => one.width > 1 && one.height > 1);
        if (!box) continue;
        const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        const there = document.elementFromPoint(x, y);
        const isThere = there && (shown.contains(there) || there.contains(control) && about(there).layer === about(control).layer || there.closest("label")?.control === control || there.closest(".row-line, .offer") === shown.closest(".row-line, .offer") && shown.closest(".row-line, .offer"));
        if (!isThere) faults.push(`out of reach: ${name(control)}${there ? ` beneath ${name(there)}` : ""}`);
    }
    return [...new Set(faults)].slice(0, 8);
}
