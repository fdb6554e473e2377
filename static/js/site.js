// Small manners of every page. Everything listens on the document, so that parts swapped in by htmx need nothing.
// In a block of its own, so that its names collide with no other script's.
{
  const listen = (name, selector, act) =>
    document.addEventListener(name, (event) => {
      const element = event.target.closest?.(selector);
      if (element) act(element, event);
    });

  // A select marked data-autosubmit sends its form when changed.
  listen("change", "[data-autosubmit]", (field) => field.form.requestSubmit());

  // A menu closes when one clicks or goes elsewhere, or presses Escape.
  const closeMenus = (but) =>
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (menu !== but) menu.open = false; });
  for (const moves of ["click", "focusin"]) document.addEventListener(moves, (event) => closeMenus(event.target.closest?.("details.menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // data-confirm on a form or its button, and hx-confirm, ask in our own dialog.
  const ask = (question) =>
    new Promise((answer) => {
      const dialog = document.getElementById("confirm");
      dialog.querySelector("[data-question]").textContent = question;
      dialog.returnValue = "no";
      dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
      dialog.showModal();
    });
  const agreed = new WeakSet();
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!question || agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    if (!(await ask(question))) return;
    agreed.add(form);
    form.requestSubmit(submitter);
  }, true);
  document.addEventListener("htmx:confirm", async (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    if (await ask(event.detail.question)) event.detail.issueRequest(true);
  });

  // A form is sent once: a second press does nothing until the page answers.
  const sent = new WeakSet();
  const busy = (form, is) => {
    is ? sent.add(form) : sent.delete(form);
    for (const button of form.elements) {
      // A button that was disabled before stays so.
      if (button.type !== "submit" || button.disabled === is) continue;
      if (!is && !button.classList.contains("is-busy")) continue;
      button.classList.toggle("is-busy", is);
      button.disabled = is;
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (sent.has(form)) { event.preventDefault(); return; }
    if (event.defaultPrevented || form.method === "dialog" || form.method === "get") return;
    sent.add(form);
    // After this turn, or the pressed button's own value would not be sent.
    setTimeout(() => busy(form, !event.defaultPrevented || form.dataset.progress !== undefined));
    // A download leaves the page as it is.
    if (form.dataset.progress === undefined) setTimeout(() => busy(form, false), 10000);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form").forEach((form) => busy(form, false));
  });

  // A form marked data-progress shows how far its files are; the answer becomes the page, as without this.
  // Scripts that bind to elements listen for "page:shown" on the document.
  const show = (html, address) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const source = (part) => part.src || part.href;
    const known = new Set([...document.querySelectorAll("script[src], link[rel=stylesheet]")].map(source));
    if (address !== location.href) {
      history.pushState(null, "", address);
      addEventListener("popstate", () => location.reload(), { once: true });
    }
    document.title = page.title;
    document.documentElement.lang = page.documentElement.lang;
    document.body = document.adoptNode(page.body);
    for (const part of [...page.querySelectorAll("head link[rel=stylesheet], script[src]"), ...document.body.querySelectorAll("script[src]")]) {
      if (known.has(source(part))) continue;
      const fresh = document.createElement(part.localName);
      for (const { name, value } of part.attributes) fresh.setAttribute(name, value);
      document.head.append(fresh);
    }
    window.htmx?.process(document.body);
    scrollTo(0, 0);
    (document.querySelector("[data-focus-me]") || document.getElementById("main"))?.focus();
    arm();
    document.dispatchEvent(new Event("page:shown"));
  };
  const send = (form, submitter) => {
    const bar = form.querySelector("[data-progress-bar]") || form.appendChild(document.createElement("progress"));
    const failed = form.querySelector("[data-progress-failed]");
    const request = new XMLHttpRequest();
    const fail = () => { bar.hidden = true; busy(form, false); if (failed) failed.hidden = false; else form.submit(); };
    bar.max = 100;
    bar.value = 0;
    bar.hidden = false;
    if (failed) failed.hidden = true;
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; };
    request.onerror = fail;
    request.onload = () => (request.responseText ? show(request.responseText, request.responseURL) : fail());
    const body = new FormData(form, submitter);
    request.open("POST", submitter?.hasAttribute("formaction") ? submitter.formAction : form.action);
    request.send(body);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const files = [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
    if (form.dataset.progress === undefined || event.defaultPrevented || !files) return;
    event.preventDefault();
    send(form, event.submitter);
  });

  // A button marked data-copy="#where" copies that text and says so for a moment.
  const copy = async (source) => {
    const text = source.value ?? source.textContent.trim();
    try { await navigator.clipboard.writeText(text); } catch {
      getSelection().selectAllChildren(source);
      source.select?.();
      document.execCommand("copy");
    }
  };
  listen("click", "[data-copy]", async (button) => {
    await copy(document.querySelector(button.dataset.copy));
    const before = button.innerHTML;
    if (!button.dataset.copied || button.classList.contains("is-copied")) return;
    button.textContent = button.dataset.copied;
    button.classList.add("is-copied");
    setTimeout(() => { button.innerHTML = before; button.classList.remove("is-copied"); }, 2000);
  });

  // Good news leaves by itself; warnings and errors stay until closed.
  const arm = () =>
    document.querySelectorAll("[data-notice=success]:not(.is-armed), [data-notice=info]:not(.is-armed)").forEach((notice) => {
      notice.classList.add("is-armed");
      const leave = () => (notice.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : notice.remove());
      setTimeout(leave, 8000);
    });
  listen("click", "[data-dismiss-notice]", (button) => button.closest("[data-notice]").remove());
  document.addEventListener("htmx:afterSettle", arm);
  arm();

  // The summary of a form's errors is read out first.
  document.querySelector("[data-focus-me]")?.focus();
}

// --- Paper ------------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
