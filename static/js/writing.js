// What one writes on a ticket: drafts, insertions, the preview, and what / # @ offer. Its files are in files.js.
// Elements are looked up when they are needed: site.js puts a new page in the place of the old one.

const one = (selector) => document.querySelector(selector);
const store = {
  get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* a full or forbidden store only costs the comfort */ } },
  drop(key) { try { localStorage.removeItem(key); } catch { /* as above */ } },
};
const token = () => one("#write [name=csrfmiddlewaretoken]").value;
const post = (url, fields, more = {}) =>
  fetch(url, { method: "POST", headers: { "x-csrftoken": token() }, body: new URLSearchParams(fields), ...more });

// --- Drafts: on the server as one types; in this browser only what the server does not have yet ------------------------

const WAIT = 700, AGAIN = 10000;
const box = () => one("[data-draft]");
const kind = () => (one("#kind-note").checked ? "note" : "reply");
const key = (which) => `draft:${one("[data-drafts]").dataset.drafts}:${which}`;
// Of each kind: the text the server has, its version, and whether it is being sent.
let kept = {}, timer = 0, saving = null, isSent = false, isLeaving = false;

const say = (text) => { one("[data-draft-line]").textContent = text; };
const showWarning = (text) => {
  const place = one("[data-language-warning]");
  place.textContent = text;
  place.hidden = !text || kind() === "note";
};
const later = (wait = WAIT) => { clearTimeout(timer); timer = setTimeout(save, wait); };
const keepDraft = () => {
  store.set(key(kind()), { body: box().value, version: kept[kind()].version });
  later();
};
const showConflict = (which, other) => {
  const place = one("[data-draft-conflict]");
  Object.assign(kept[which], { other });
  one("[data-conflict-changed]").hidden = !other.version;
  one("[data-conflict-gone]").hidden = Boolean(other.version);
  one("[data-other]").textContent = other.body;
  one("[data-take-other]").hidden = !other.version;
  place.hidden = false;
};
const save = async (more = {}, which = kind(), body = box()?.value) => {
  clearTimeout(timer);
  if (!box() || isSent) return;
  if (saving) { later(); return; }
  const mine = kept[which];
  if (mine.other || body === mine.body) { if (!mine.other && !isLeaving) store.drop(key(which)); return; }
  const field = box();
  saving = post(field.dataset.save, { kind: which, body, version: mine.version }, more);
  try {
    const answer = await saving;
    saving = null;
    if (answer.redirected || ![200, 409].includes(answer.status)) throw new Error(answer.status);
    const told = await answer.json();
    if (field !== box()) return;
    if (answer.status === 409 && told.body !== body) { showConflict(which, told); return; }
    Object.assign(mine, { body, version: told.version, said: told.said });
    // The page that comes may have been written before the draft was kept.
    if (isLeaving) return;
    if (which !== kind()) { store.drop(key(which)); return; }
    say(told.said);
    showWarning(told.warning);
    if (field.value === body) store.drop(key(which)); else keepDraft();
  } catch {
    if (field !== box()) return;
    say(field.dataset.local || one("[data-draft-line]").dataset.local);
    later(AGAIN);
  } finally { saving = null; }
};
const showDraft = () => {
  const which = kind(), mine = kept[which];
  // The last page may have been left before it heard that the server has it.
  if (store.get(key(which))?.body === mine.body) store.drop(key(which));
  const local = store.get(key(which));
  one("[data-draft-conflict]").hidden = true;
  showWarning("");
  say(local ? "" : mine.said);
  box().value = local ? local.body : mine.body;
  if (local && local.version !== mine.version && local.body !== mine.body) showConflict(which, mine);
  else if (box().value !== mine.body) later(0);
};
const settle = (isMine) => {
  const mine = kept[kind()], { other } = mine;
  Object.assign(mine, { other: null, version: other.version, body: other.body });
  one("[data-draft-conflict]").hidden = true;
  if (!isMine) { box().value = other.body; store.drop(key(kind())); } else keepDraft();
  box().focus();
};
// What was begun as the other kind is kept as it is.
const turn = () => {
  const other = kind() === "note" ? "reply" : "note", local = store.get(key(other));
  if (local) save({}, other, local.body);
  showDraft();
};
document.addEventListener("change", (event) => { if (event.target.matches("#write [name=kind]")) turn(); });
const choose = (which) => {
  const radio = one(`#kind-${which}`);
  if (!radio.checked) { radio.checked = true; turn(); }
};
const write = (which) => {
  if (!box()) return;
  choose(which);
  box().focus();
  one("#write").scrollIntoView({ block: "nearest" });
};
document.addEventListener("write:open", (event) => write(event.detail));
document.addEventListener("visibilitychange", () => { if (document.hidden && box()) save({ keepalive: true }); });
addEventListener("online", () => box() && save());
addEventListener("beforeunload", () => { isLeaving = true; setTimeout(() => { isLeaving = false; }, 5000); });
// A draft on its way is let in first: behind the message it would stay.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id !== "write") return;
  isSent = true;
  clearTimeout(timer);
  if (!saving) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const send = () => setTimeout(() => form.requestSubmit(event.submitter));
  saving.then(send, send);
}, true);
// A form that could not be sent is written on.
document.addEventListener("input", (event) => { if (event.target === box()) { isSent = false; keepDraft(); preview(); } });

// --- Insertions ------------------------------------------------------------------------------------------------------

const linkArticle = (pk) => {
  const field = one("[data-articles]");
  if (pk) field.value = [...new Set([...field.value.split(",").filter(Boolean), pk])].join(",");
};
// Puts a text in the place of what stands between the two places, or of what is selected.
const put = (field, text, start = field.selectionStart, end = field.selectionEnd) => {
  const before = start && !/\s$/.test(field.value.slice(0, start)) ? "\n\n" : "";
  field.setRangeText(before + text, start, end, "end");
  field.focus();
  // What the ticket could not fill in is typed over at once.
  const mark = /［[^［］]*］/.exec(text);
  if (mark) field.setSelectionRange(start + before.length + mark.index, start + before.length + mark.index + mark[0].length);
};
const insert = (text, start, end) => {
  put(box(), text, start, end);
  keepDraft();
  preview();
};
document.addEventListener("write:insert", (event) => { write("reply"); insert(event.detail); });
document.addEventListener("click", (event) => {
  const offer = event.target.closest("[data-insert]");
  const near = offer?.closest("form")?.elements.reply;
  if (near) {
    offer.closest("details").open = false;
    put(near, offer.dataset.insert);
    return;
  }
  if (!offer || !box()) return;
  one("#dialog").close();
  write("reply");
  insert(offer.dataset.insert);
  linkArticle(offer.dataset.article);
});

// --- / templates and macros, # articles, @ people -----------------------------------------------------------------------

const SIGNS = { "/": "ofTemplates", "#": "ofArticles", "@": "ofPeople" };
let left = -1; // Where one left the offers by Escape: they do not come back for the same sign.
// The sign before the cursor and what is typed after it; it begins a line or follows a blank or Chinese.
const asked = () => {
  const field = box();
  if (!field || document.activeElement !== field || field.selectionStart !== field.selectionEnd) return null;
  const end = field.selectionStart, found = /(^|[\s\u3000-\u303f\u3400-\u9fff\uff00-\uffef])([/#@])([^\s/#@]{0,30})$/.exec(field.value.slice(Math.max(0, end - 40), end));
  if (!found) return null;
  const [, , sign, words] = found, start = end - words.length - 1;
  const isNote = kind() === "note";
  // Customers are called by nobody, and templates are written for them. A lone # begins a heading.
  if ((sign === "@") !== isNote && sign !== "#") return null;
  if (start === left) return null;
  return { kind: SIGNS[sign], words, start, end };
};
const armOffers = (field) => {
  const place = one("#write-offers");
  const offers = new window.Offers(field, place, {
    isFirstChosen: true,
    missed: () => { field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end"); keepDraft(); },
    asks: () => {
      const now = asked();
      if (!now) return null;
      const address = new URL(place.dataset[now.kind], location.href);
      address.searchParams.set("q", now.words);
      return address;
    },
    choose: (option) => {
      const now = asked();
      offers.close();
      if (!now) return;
      if (option.dataset.opens) {
        field.setRangeText("", now.start, now.end, "end");
        keepDraft();
        htmx.ajax("GET", option.dataset.opens, "#dialog-body");
        return;
      }
      insert(option.dataset.text, now.start, now.end);
      linkArticle(option.dataset.article);
    },
  });
  field.addEventListener("keydown", (event) => { if (event.key === "Escape") left = asked()?.start ?? -1; }, true);
  field.addEventListener("input", () => { if (field.selectionStart <= left) left = -1; });
  field.addEventListener("blur", () => offers.close());
};

// --- The preview -------------------------------------------------------------------------------------------------------

let previewing = 0;
const preview = (now = false) => {
  const place = one("#preview");
  if (!place || place.hidden) return;
  clearTimeout(previewing);
  previewing = setTimeout(async () => {
    const body = box().value;
    const answer = await post(place.dataset.preview, { body }).catch(() => null);
    if (answer?.ok && !answer.redirected && body === box().value) place.innerHTML = await answer.text();
  }, now ? 0 : 300);
};
const togglePreview = () => {
  const place = one("#preview"), button = one("[data-toggle-preview]");
  place.hidden = !place.hidden;
  button.setAttribute("aria-pressed", String(!place.hidden));
  preview(true);
};
document.addEventListener("keydown", (event) => {
  if (event.altKey && event.code === "KeyP" && event.target === box()) { event.preventDefault(); togglePreview(); }
});

// --- Send and next step ----------------------------------------------------------------------------------------------------

const CHOSEN = "send-step";
document.addEventListener("click", (event) => {
  const step = event.target.closest("#write button[data-send-step]");
  if (step && step.name) store.set(CHOSEN, step.dataset.sendStep);
  if (event.target.closest("[data-toggle-preview]")) togglePreview();
  if (event.target.closest("[data-take-mine]")) settle(true);
  if (event.target.closest("[data-take-other]")) settle(false);
});
// The step that one took last; if it is not possible, its reason is read.
document.addEventListener("write:next", () => {
  if (kind() === "note") { one("#write").requestSubmit(one("#write [data-send]")); return; }
  const step = one(`#write [data-send-step=${store.get(CHOSEN) || "resolve"}]`) || one("#write [data-send-step]");
  if (step?.name) one("#write").requestSubmit(step); else step?.focus();
});

// --- A page has come into the window: at first, and when site.js shows the answer to an upload --------------------------------

const openPage = () => {
  const field = box();
  isSent = false;
  if (!field) return;
  kept = Object.fromEntries(["reply", "note"].map((which) => [which, {
    body: field.dataset[which], version: Number(field.dataset[`${which}Version`]), said: field.dataset[`${which}Said`],
  }]));
  const sent = new URLSearchParams(location.search).get("sent");
  if (sent === "reply" || sent === "note") {
    store.drop(key(sent));
    history.replaceState(history.state, "", location.pathname + location.hash);
  }
  armOffers(field);
  // What the server gave back after a refusal is newer than any draft.
  if ("kept" in field.dataset) {
    keepDraft();
    // A refusal is read first; a reply that was taken back is written on.
    if (!one("#write [data-focus-me]")) write(kind());
  } else showDraft();
};
openPage();
document.addEventListener("page:shown", openPage);
