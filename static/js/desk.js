// The desk's manners: keys, and the dialogs of the ticket page. What one writes is in writing.js, what changes in pulse.js.
// Elements are looked up when they are needed: htmx and site.js put new ones in their place.

const all = (selector) => [...document.querySelectorAll(selector)];
const one = (selector) => document.querySelector(selector);
const store = {
  get(area, key) { try { return area.getItem(key); } catch { return null; } },
  set(area, key, value) { try { area.setItem(key, value); } catch { /* a full or forbidden store only costs the comfort */ } },
  drop(area, key) { try { area.removeItem(key); } catch { /* as above */ } },
};

// A session that has ended answers with the sign-in page, which is no part of a list.
document.addEventListener("htmx:beforeSwap", (event) => {
  const where = event.detail.xhr.responseURL;
  if (where && new URL(where).pathname.startsWith("/account/")) { event.detail.shouldSwap = false; location.reload(); }
});

// --- The queue: where one is, and where the ticket page goes back to ------------------------------------------------

const links = () => all(".tickets .what > a");
const remember = () => {
  if (!one("#rows")) return;
  store.set(sessionStorage, "queue", location.pathname + location.search);
  store.set(sessionStorage, "queue-tickets", JSON.stringify(links().map((link) => link.getAttribute("href"))));
};
document.addEventListener("htmx:afterSettle", remember);
const backTo = () => store.get(sessionStorage, "queue") || one("[data-back]")?.getAttribute("href");

const move = (by) => {
  const here = links();
  if (here.length) {
    const place = here.indexOf(document.activeElement);
    const last = here.findIndex((link) => link.id === store.get(sessionStorage, "queue-place"));
    const from = place >= 0 ? place : last - (last >= 0 && by > 0 ? 1 : 0);
    const next = here[Math.min(Math.max(from + by, 0), here.length - 1)];
    next.focus();
    next.closest(".row-line").scrollIntoView({ block: "nearest" });
    return;
  }
  const tickets = JSON.parse(store.get(sessionStorage, "queue-tickets") || "[]");
  const next = tickets[tickets.indexOf(location.pathname) + by];
  if (one("[data-ticket-page]") && next) location.href = next;
};
document.addEventListener("focusin", (event) => {
  if (event.target.matches(".tickets .what > a")) store.set(sessionStorage, "queue-place", event.target.id);
});

// Takes the ticket of the row one is at; what to say of it comes above the list, and the list fetches itself anew.
let tookAt = -1, taking = false;
const take = async () => {
  const link = document.activeElement.closest(".tickets .what > a");
  if (!link || taking) return;
  taking = true;
  tookAt = links().indexOf(link);
  const { version } = link.closest("[data-version]").dataset;
  const said = { target: "#notices", swap: "beforeend", select: ".notice", values: { version } };
  try { await htmx.ajax("POST", `${link.getAttribute("href")}take/`, said); } catch { /* The list shows that nothing happened. */ }
  taking = false;
  htmx.trigger("#rows", "refresh");
};
// htmx gives the focus back to the row; one that has left the list leaves it to the next.
document.addEventListener("htmx:afterSettle", (event) => {
  if (tookAt < 0 || event.target.id !== "rows") return;
  const here = links();
  if (document.activeElement === document.body) here[Math.min(tookAt, here.length - 1)]?.focus();
  tookAt = -1;
});
document.addEventListener("htmx:afterRequest", (event) => { if (event.target.id === "rows" && event.detail.xhr.status !== 200) tookAt = -1; });

// --- The dialog that step forms, templates and articles come into --------------------------------------------------

const dialog = () => one("#dialog");
// Settled, or a quick press would send the form before htmx knows it.
document.addEventListener("htmx:afterSettle", (event) => {
  const place = event.target;
  if (!place.matches(`#dialog-body, ${PLACES}`)) return;
  if (place.id === "dialog-body" && !dialog().open) {
    // What was opened while it was on its way is what one wants now.
    if (one("dialog[open]")) return;
    dialog().showModal();
  }
  // What is wrong with the form is read out first.
  (place.querySelector("[data-focus-me]") || place.querySelector("[autofocus], select, textarea, input:not([type=hidden])"))?.focus();
});
// What stood in place of a form comes back on Escape, or on the link that leaves it.
const PLACES = "#subject, #facts, #tags, [data-field]";
const shownBefore = new WeakMap();
document.addEventListener("htmx:beforeSwap", ({ target }) => {
  if (target.matches(PLACES) && !target.querySelector(".edit-form")) shownBefore.set(target, target.innerHTML);
});
const leaveForm = (inside) => {
  const place = inside.closest(PLACES);
  if (!shownBefore.has(place) || !inside.closest(".edit-form")) return false;
  place.innerHTML = shownBefore.get(place);
  htmx.process(place);
  place.querySelector(".pencil").focus();
  return true;
};
document.addEventListener("click", (event) => {
  if (event.target.closest(".edit-form [data-leave]") && leaveForm(event.target)) event.preventDefault();
});
const tellNotSent = (event) => {
  const note = event.target.querySelector?.("[data-not-sent]");
  if (note) note.hidden = false;
};
document.addEventListener("htmx:sendError", tellNotSent);
document.addEventListener("htmx:responseError", tellNotSent);
document.addEventListener("click", (event) => {
  const closes = event.target.closest("#dialog [data-close-dialog]");
  if (closes) event.preventDefault();
  // A click beside the dialog's content is one on its backdrop.
  if (closes || event.target.id === "dialog") dialog().close();
  // A greyed button says why, and does nothing else.
  if (event.target.closest("[aria-disabled=true]")) event.preventDefault();
});
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-narrow]")) return;
  const words = event.target.value.toLowerCase();
  all("#dialog .offers > li").forEach((offer) => { offer.hidden = !offer.textContent.toLowerCase().includes(words); });
});
// Enter takes the first of those that are left.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("[data-narrow]")) return;
  event.preventDefault();
  one("#dialog .offers > li:not([hidden]) .offer")?.click();
});

// --- A page has come into the window: at first, and when site.js shows the answer to an upload --------------------------

const openPage = () => {
  remember();
  if (one("[data-back]") && backTo()) one("[data-back]").href = backTo();
  if (!one("#write")) return;
  // When its time is up a reply goes out, and there is nothing to undo.
  all("[data-undo]").forEach((form) => setTimeout(() => form.remove(), form.dataset.undo * 1000));
  const talk = one("#conversation");
  if (!location.hash && talk.scrollHeight > talk.clientHeight) talk.scrollTop = talk.scrollHeight;
};
openPage();
document.addEventListener("page:shown", openPage);

// --- Keys ------------------------------------------------------------------------------------------------------------

const write = (kind) => document.dispatchEvent(new CustomEvent("write:open", { detail: kind }));
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
// What stands in the side comes a moment after the page, and htmx knows its links another moment later: until then they
// would lead to pages of their own. A key pressed before that is kept.
const ready = (selector) => { const link = one(selector); return link && !link.closest(".htmx-added") ? link : null; };
let wanted = "";
const aside = (selector) => {
  if (ready(selector)) ready(selector).click();
  else if (one("#aside[hx-get]") || one(selector)) wanted = selector;
};
document.addEventListener("htmx:load", () => {
  const link = wanted && ready(wanted);
  if (link) { wanted = ""; link.click(); }
});
const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => document.activeElement.closest?.(".tickets .what > a")?.click(),
  r: () => write("reply"),
  n: () => write("note"),
  t: () => one("#write [data-dialog][href$='/templates/']")?.click(),
  i: () => one("#write [data-dialog][href$='/articles/']")?.click(),
  c: () => (one("#checklists [aria-checked=false]") || one("#checklists .tick"))?.focus(),
  m: () => one("[data-macros]")?.click(),
  M: () => aside("#merge-link"),
  l: () => aside("#link-link"),
  z: () => one("[data-undo]")?.requestSubmit(),
  a: () => (one("#rows") ? take() : one("#assign-to-me")?.requestSubmit()),
  u: () => { if (one("[data-ticket-page], .page-narrow, .page-create")) location.href = backTo() || "/desk/"; },
  "/": () => { one("[data-search]")?.focus(); one("[data-search]")?.select(); },
  "?": () => one("#keys").showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const owner = event.target.closest("form");
    if (!owner || owner.method !== "post") return;
    event.preventDefault();
    if (event.shiftKey && owner.id === "write") { document.dispatchEvent(new Event("write:next")); return; }
    owner.requestSubmit(owner.querySelector("[data-send]") || undefined);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || one("dialog[open]")) return;
  if (event.key === "Escape" && event.target.matches("[data-draft]")) { event.target.blur(); return; }
  if (event.key === "Escape" && !event.defaultPrevented && leaveForm(event.target)) return;
  if (typing(event.target)) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
