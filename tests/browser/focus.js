// How the focus shows on a page; keyboard.py asks it after each press. First `remember`, then `lost`.
window.focusWatch = (() => {
    const shownBy = (element) => [
        element, element.closest(".row-line, label, .card"), element.nextElementSibling?.matches("label") ? element.nextElementSibling : null,
    ].filter(Boolean);
    const looksOf = (element) => shownBy(element).map((one) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
        return outlineStyle === "none" || outlineWidth === "0px" ? boxShadow : `${outlineStyle} ${outlineWidth} ${boxShadow}`;
    }).join();
    const calm = new Map();

    // How everything that can have the focus looks without it.
    const remember = () => {
        document.activeElement?.blur();
        document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]").forEach((one) => calm.set(one, looksOf(one)));
    };

    // What is wrong: no outline or shadow came with the focus, or it lies outside the window or beneath something else.
    const lost = () => {
        const focused = document.activeElement;
        if (focused === document.body) return { isOut: true, faults: [] };
        const faults = [];
        const name = focused.outerHTML.replace(/\s+/g, " ").slice(0, 140);
        if (looksOf(focused) === (calm.get(focused) ?? "none")) faults.push(`the focus does not show: ${name}`);
        const isSeen = (one) => one.getBoundingClientRect().width > 2 && getComputedStyle(one).opacity !== "0";
        const shown = shownBy(focused).find(isSeen) || focused;
        const box = [...shown.getClientRects()].find((one) => one.width > 1) || shown.getBoundingClientRect();
        const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
        const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
        const isTall = box.height > innerHeight - 120;
        if (left >= right || top >= bottom || (!isTall && bottom - top < box.height - 4)) faults.push(`the focus is outside the window: ${name}`);
        else {
            const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
            const isThere = there && (shown.contains(there) || there.contains(shown) || there.closest("label")?.control === focused);
            if (!isThere) faults.push(`the focus is beneath ${there?.outerHTML.slice(0, 80)}: ${name}`);
        }
        return { isOut: false, faults };
    };
    return { remember, lost };
})();
