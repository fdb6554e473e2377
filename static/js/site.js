// Small manners of every page. Everything listens on the document, so that parts swapped in by htmx need nothing.

const listen = (name, selector, act) =>
  document.addEventListener(name, (event) => {
    const element = event.target.closest?.(selector);
    if (element) act(element, event);
  });

// A select marked data-autosubmit sends its form when changed.
listen("change", "[data-autosubmit]", (field) => field.form.requestSubmit());

// A menu closes when one clicks elsewhere or presses Escape.
const closeMenus = (but) =>
  document.querySelectorAll("details.menu[open]").forEach((menu) => { if (menu !== but) menu.open = false; });
document.addEventListener("click", (event) => closeMenus(event.target.closest?.("details.menu")));
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
  // After this turn, or the pressed button's own value would not be sent. A download leaves the page as it is.
  setTimeout(() => { if (!event.defaultPrevented || form.dataset.progress !== undefined) busy(form, true); });
  setTimeout(() => { if (form.dataset.progress === undefined) busy(form, false); }, 10000);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach((form) => busy(form, false));
});

// A form marked data-progress shows how far its files are; the answer becomes the page, as without this.
const send = (form, submitter) => {
  const bar = form.querySelector("[data-progress-bar]") || form.appendChild(document.createElement("progress"));
  bar.max = 100;
  bar.value = 0;
  bar.hidden = false;
  const request = new XMLHttpRequest();
  const fail = () => { bar.hidden = true; busy(form, false); form.querySelector("[data-progress-failed]")?.removeAttribute("hidden"); };
  request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; };
  request.onerror = fail;
  request.onload = () => {
    if (!request.responseText) { fail(); return; }
    if (request.responseURL !== location.href) history.pushState(null, "", request.responseURL);
    document.open();
    document.write(request.responseText);
    document.close();
  };
  request.open("POST", form.action);
  request.send(new FormData(form, submitter));
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
