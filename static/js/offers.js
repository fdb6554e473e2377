// Lists of offers below a field: the search box, the command palette, the text box. The field keeps the focus; the arrows move through
// the options, which the server writes. In a block of its own, so that its names collide with no other script's.
{
  const WAIT = 60;
  const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["x-csrftoken"] || "";

  class Offers {
    // `choose` gets the chosen option; `isFirstChosen` makes Enter take the first one when none was gone to; `asks` gives
    // the address to ask, or nothing while the field asks for nothing; `missed` is done when Enter came before an answer
    // without options.
    constructor(field, box, { choose, isFirstChosen = false, asks = null, missed = () => {} }) {
      asks ??= () => {
        const address = new URL(box.dataset.offers, location.href);
        address.searchParams.set("q", field.value);
        return address;
      };
      Object.assign(this, { field, box, choose, isFirstChosen, asks, missed, isFree: isFirstChosen && !field.matches("textarea"), place: -1, timer: 0, asked: null, isOpen: false, later: null });
      field.addEventListener("input", (event) => { if (!event.isComposing) this.ask(); });
      field.addEventListener("compositionend", () => this.ask());
      field.addEventListener("keydown", (event) => this.press(event));
      // Not on mousedown, which would take the focus away first.
      box.addEventListener("mousedown", (event) => event.preventDefault());
      box.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.take(option);
      });
    }

    get options() { return [...this.box.querySelectorAll("[role=option]")]; }

    ask(now = false) {
      if (!this.asks()) { if (this.isOpen || this.later) this.close(); return; }
      // Keys pressed before the answer are meant for what it brings.
      this.later ??= [];
      this.asked?.abort();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), now ? 0 : WAIT);
    }

    async load() {
      const asked = this.asked = new AbortController();
      try {
        const answer = await fetch(this.asks(), { signal: asked.signal, headers: { "HX-Request": "true" } });
        // A session that has ended answers with the sign-in page.
        if (answer.redirected) { location.reload(); return; }
        const html = await answer.text();
        // An answer may have come in full before it was given up.
        if (asked.signal.aborted) return;
        if (answer.ok) this.show(html); else this.close();
      } catch (error) { if (error.name !== "AbortError") this.close(); }
    }

    show(html) {
      this.box.innerHTML = html;
      const list = this.box.querySelector("[role=listbox]");
      if (list) list.id = `${this.field.id}-list`;
      this.options.forEach((option, number) => { option.id = `${this.field.id}-option-${number}`; });
      this.isOpen = true;
      this.box.hidden = false;
      this.expand(Boolean(list));
      this.go(this.isFirstChosen && this.options.length ? 0 : -1);
      const later = this.later || [];
      this.later = null;
      later.forEach((act) => act());
    }

    // A text of several lines cannot be said to be open.
    expand(isOpen) { if (this.field.matches("[role=combobox]")) this.field.setAttribute("aria-expanded", String(isOpen)); }

    go(place) {
      const options = this.options;
      options[this.place]?.removeAttribute("aria-selected");
      options.forEach((option) => option.classList.remove("is-here"));
      this.place = place;
      const here = options[place];
      if (!here) { this.field.removeAttribute("aria-activedescendant"); return; }
      here.classList.add("is-here");
      here.setAttribute("aria-selected", "true");
      this.field.setAttribute("aria-activedescendant", here.id);
      here.scrollIntoView({ block: "nearest" });
    }

    move(by) {
      const count = this.options.length;
      if (!count) return;
      // Beyond either end one is in the field again, and then at the other end.
      const places = this.isFirstChosen ? count : count + 1;
      const from = this.isFirstChosen ? this.place : this.place + 1;
      const to = (from + by + places) % places;
      this.go(this.isFirstChosen ? to : to - 1);
    }

    press(event) {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!this.asks()) return;
      const acts = {
        Tab: () => this.isFirstChosen && this.isOpen && !event.shiftKey && acts.Enter(),
        ArrowDown: () => this.soon(() => this.move(1)),
        ArrowUp: () => (this.isOpen || this.later) && this.soon(() => this.move(-1)),
        Escape: () => this.isOpen && !this.isFree && (this.close(), true),
        Enter: () => this.isMeant && this.soon(() => { const here = this.options[this.place]; if (here) this.take(here); else this.missed(); }),
      };
      if (!acts[event.key]?.()) return;
      event.preventDefault();
      event.stopPropagation();
    }

    // Whether Enter means an option: one is gone to, or will be when the answer has come.
    get isMeant() { return (this.isFirstChosen && this.later) || Boolean(this.later ? this.later.length : this.options[this.place]); }

    soon(act) {
      if (!this.isOpen && !this.later) this.ask(true);
      if (this.later) this.later.push(act); else act();
      return true;
    }

    take(option) {
      if (option.getAttribute("aria-disabled") === "true") return;
      this.choose(option);
    }

    fill(text) {
      this.field.value = text;
      this.field.focus();
      this.ask(true);
    }

    close() {
      clearTimeout(this.timer);
      this.asked?.abort();
      this.isOpen = false;
      this.later = null;
      this.place = -1;
      this.box.hidden = true;
      this.expand(false);
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  window.Offers = Offers;

  const post = (url, fields) =>
    fetch(url, { method: "POST", keepalive: true, headers: { "x-csrftoken": token() }, body: new URLSearchParams(fields) });

  // --- The search box ------------------------------------------------------------------------------------------------

  const armSearch = (field) => {
    const box = document.getElementById("search-offers");
    const remember = () => { if (field.value.trim()) post(box.dataset.recent, { q: field.value }); };
    const offers = new Offers(field, box, {
      choose: (option) => {
        if ("forget" in option.dataset) { post(box.dataset.recent, { q: "" }).then(() => offers.ask(true)); return; }
        if ("fill" in option.dataset) {
          if (!("go" in option.dataset)) { offers.fill(option.dataset.fill); return; }
          field.value = option.dataset.fill;
          field.form.requestSubmit();
          return;
        }
        remember();
        location.href = option.href;
      },
    });
    field.addEventListener("focus", () => { if (!offers.isOpen) offers.ask(true); });
    field.addEventListener("blur", () => offers.close());
    field.form.addEventListener("submit", remember);
  };

  // --- The command palette -------------------------------------------------------------------------------------------

  const palette = () => document.getElementById("palette");
  const armPalette = (dialog) => {
    const field = dialog.querySelector("input"), box = dialog.querySelector("[data-offers]");
    const ticket = document.querySelector("[data-ticket-page]")?.dataset.ticketPage;
    if (ticket) box.dataset.offers += `?ticket=${ticket}`;
    const offers = new Offers(field, box, {
      isFirstChosen: true,
      choose: (option) => {
        dialog.close();
        if (option.href) { location.href = option.href; return; }
        if (option.dataset.text) document.dispatchEvent(new CustomEvent("write:insert", { detail: option.dataset.text }));
        else if (option.dataset.key) document.body.dispatchEvent(new KeyboardEvent("keydown", { key: option.dataset.key, bubbles: true }));
        else if (option.dataset.opens) htmx.ajax("GET", option.dataset.opens, "#dialog-body");
        else document.querySelector(option.dataset.press)?.click();
      },
    });
    dialog.addEventListener("close", () => offers.close());
    return () => {
      if (dialog.open) { dialog.close(); return; }
      field.value = "";
      dialog.showModal();
      offers.ask(true);
    };
  };
  const opens = new WeakMap();
  const openPalette = () => {
    const dialog = palette();
    if (!dialog) return false;
    if (!opens.has(dialog)) opens.set(dialog, armPalette(dialog));
    opens.get(dialog)();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (openPalette()) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) openPalette();
    // A click beside the dialog's content is one on its backdrop.
    if (event.target.id === "palette") event.target.close();
  });

  const armed = new WeakSet();
  const arm = () =>
    document.querySelectorAll("[data-search]").forEach((field) => {
      if (armed.has(field)) return;
      armed.add(field);
      armSearch(field);
    });
  document.addEventListener("page:shown", arm);
  arm();
}
