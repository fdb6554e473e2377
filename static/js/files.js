// Files of what one writes on a ticket: each goes up at once, by itself, and is kept on the server with the draft.
// Before writing.js, so that a form that still waits for files is stopped first.

const AT_ONCE = 3, PATIENCE = 60000;
const one = (selector) => document.querySelector(selector);
const form = () => one("#write");
const words = () => one("[data-file-line]").dataset;
const kind = () => (one("#kind-note").checked ? "note" : "reply");
const named = (text, name) => text.replace("{name}", () => name);
// Who signs in again in another tab gets another token; the page's own is refused from then on.
const token = () => {
  const field = form().elements.csrfmiddlewaretoken;
  field.value = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] || field.value;
  return field.value;
};
const tell = (text) => { one("[data-files-told]").textContent = text; };

// --- On their way ------------------------------------------------------------------------------------------------------

// By line: the file, its key, and how it stands: "waits", "goes", "failed" (it may be tried again) or "refused".
const files = new Map();
// Counts what has changed here: what the server said before is old then.
let moves = 0;
const lines = (...states) => [...files.keys()].filter((line) => states.includes(files.get(line).state));
const part = (line, selector) => line.querySelector(selector);
const stand = (line, state, why = "") => {
  const its = files.get(line), isOnItsWay = state === "waits" || state === "goes";
  its.state = state;
  part(line, "progress").hidden = !isOnItsWay;
  part(line, "[data-why]").textContent = why;
  part(line, "[data-try-file]").hidden = state !== "failed";
  part(line, "[data-cancel-file]").setAttribute("aria-label", named(isOnItsWay ? words().cancel : words().remove, its.file.name));
};
const show = (line, file) => {
  part(line, ".file-name").textContent = file.name;
  part(line, "progress").setAttribute("aria-label", file.name);
  if (!/^image\/(png|jpeg|gif|webp)$/.test(file.type)) return;
  const image = new Image(), reader = new FileReader();
  image.alt = "";
  reader.onload = () => { image.src = reader.result; part(line, "i")?.replaceWith(image); };
  reader.readAsDataURL(file);
};
const add = (more) => {
  for (const file of more) {
    const line = one("[data-file-line]").content.firstElementChild.cloneNode(true);
    const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    files.set(line, { file, key, kind: kind() });
    show(line, file);
    one(`[data-files-of=${kind()}]`).append(line);
    if (file.size > Number(words().limit)) stand(line, "refused", named(words().tooLarge, file.name));
    else stand(line, "waits");
  }
  goOn();
};
const goOn = () => {
  const free = AT_ONCE - lines("goes").length;
  lines("waits").slice(0, Math.max(0, free)).forEach(send);
  sendIfComplete();
};
const send = (line) => {
  const its = files.get(line), request = new XMLHttpRequest(), body = new FormData(), bar = part(line, "progress");
  const address = new URL(form().dataset.draftFiles, location.href).href;
  let silence = 0;
  const wait = () => { clearTimeout(silence); silence = setTimeout(() => request.abort(), PATIENCE); };
  for (const [name, value] of [["kind", its.kind], ["key", its.key], ["file", its.file]]) body.append(name, value);
  bar.value = 0;
  Object.assign(its, { request, isThere: false });
  stand(line, "goes");
  request.upload.onprogress = (event) => { wait(); if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; };
  request.upload.onload = () => { wait(); its.isThere = true; };
  request.onloadend = () => {
    clearTimeout(silence);
    // Unless another page has come into the window.
    if (files.has(line)) { take(line, request, address); goOn(); }
  };
  request.open("POST", address);
  request.setRequestHeader("x-csrftoken", token());
  request.send(body);
  wait();
};
// What has become of a file.
const take = (line, request, address) => {
  const { isCancelled, file } = files.get(line), { status } = request;
  if (isCancelled) files.delete(line);
  if (status === 201) {
    const fresh = document.createElement("template");
    fresh.innerHTML = request.responseText;
    const kept = part(fresh.content, "li");
    if (isCancelled) { remove(kept); return; }
    files.delete(line);
    moves += 1;
    const isFocused = line.contains(document.activeElement), image = part(line, "img");
    // The browser has the picture already.
    if (image) part(kept, "img")?.replaceWith(image);
    line.replaceWith(kept);
    if (isFocused) part(kept, "[data-remove-file]").focus();
    tell(named(words().kept, file.name));
  } else if (!isCancelled) {
    const isSignedOut = status === 403 || (status === 200 && request.responseURL !== address);
    if (status === 422) stand(line, "refused", request.responseText);
    else if (status === 413) stand(line, "refused", named(words().tooLarge, file.name));
    else stand(line, "failed", isSignedOut ? words().signedOut : status ? words().broken : words().away);
    files.get(line).isAway = !status;
  }
};
const cancel = (line) => {
  const its = files.get(line), isGoing = its.state === "goes";
  line.remove();
  if (!isGoing) { files.delete(line); goOn(); return; }
  its.isCancelled = true;
  // When all of it has gone out, the answer says what there is to remove.
  if (!its.isThere) its.request.abort();
};
const tryAgain = (some) => { some.forEach((line) => stand(line, "waits")); goOn(); };
addEventListener("online", () => form() && tryAgain(lines("failed").filter((line) => files.get(line).isAway)));
addEventListener("beforeunload", (event) => { if (lines("waits", "goes", "failed").some((line) => line.isConnected)) event.preventDefault(); });

// --- Kept, and removed -----------------------------------------------------------------------------------------------------

const remove = async (line) => {
  const button = part(line, "[data-remove-file]"), field = part(line, "input[type=hidden]");
  button.disabled = field.disabled = true;
  moves += 1;
  const answer = await fetch(button.dataset.removeFile, { method: "POST", headers: { "x-csrftoken": token() }, keepalive: true }).catch(() => null);
  if (answer?.status === 204) { line.remove(); return; }
  button.disabled = field.disabled = false;
  part(line, "[data-why]").textContent = answer?.redirected || answer?.status === 403 ? words().signedOut : words().notRemoved;
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("#write .chosen-files button");
  if (!button) return;
  const line = button.closest("li");
  if (button.dataset.removeFile) remove(line);
  else if (button.dataset.tryFile !== undefined) tryAgain([line]);
  else cancel(line);
  one("#body").focus();
});

// What one has attached on another device, a photo on the telephone for example, is there when one comes back.
const look = async () => {
  const seen = moves, answer = await fetch(form().dataset.draftFiles).catch(() => null);
  const html = answer?.ok && !answer.redirected ? await answer.text() : "";
  if (!html || seen !== moves || files.size || !form()) return;
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const keyOf = (line) => part(line, "input[type=hidden]").value;
  for (const list of document.querySelectorAll("[data-files-of]")) {
    const told = [...part(fresh, `[data-files-of=${list.dataset.filesOf}]`).children], keys = told.map(keyOf);
    const here = [...list.children], known = here.map(keyOf);
    here.filter((line) => !keys.includes(keyOf(line))).forEach((line) => line.remove());
    list.append(...told.filter((line) => !known.includes(keyOf(line))));
  }
};
document.addEventListener("visibilitychange", () => { if (!document.hidden && form() && !files.size) look(); });

// --- Sending waits for them --------------------------------------------------------------------------------------------------

let waiting = null;
const stopWaiting = () => {
  if (!waiting) return;
  waiting.button.replaceChildren(...waiting.label);
  waiting.button.classList.remove("is-busy");
  waiting = null;
};
const waitWith = (submitter) => {
  stopWaiting();
  const button = submitter || one("#write [data-send]");
  waiting = { button, submitter, kind: kind(), label: [...button.childNodes] };
  button.replaceChildren(words().waits);
  button.classList.add("is-busy");
  tell(words().waits);
};
// A file that will not come of itself is tried again or removed first, by whoever wanted to send it.
const refuse = (line) => {
  const place = one("[data-files-missing]"), its = files.get(line);
  stopWaiting();
  if (its.kind !== kind()) one(`#kind-${its.kind}`).click();
  place.textContent = named(words().missing, its.file.name);
  place.hidden = false;
  part(line, "button:not([hidden])").focus();
};
const sendIfComplete = () => {
  const [missing] = lines("failed", "refused");
  if (!missing) one("[data-files-missing]").hidden = true;
  if (!waiting) return;
  if (missing) { refuse(missing); return; }
  if (files.size) return;
  const { submitter, kind: wanted } = waiting;
  stopWaiting();
  // Meanwhile one may have begun to write the other kind.
  if (wanted === kind()) form().requestSubmit(submitter);
};
document.addEventListener("submit", (event) => {
  if (event.target !== form()) return;
  token();
  if (!files.size) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const [missing] = lines("failed", "refused");
  if (missing) refuse(missing); else waitWith(event.submitter);
}, true);

// --- Chosen, pasted, dropped ---------------------------------------------------------------------------------------------------

const pasted = (file, number) => {
  // Every picture that is pasted is called image.png.
  if (file.name !== "image.png") return file;
  const now = new Date().toTimeString().slice(0, 8).replaceAll(":", "");
  return new File([file], `image-${now}${number ? `-${number}` : ""}.png`, { type: file.type });
};
document.addEventListener("paste", (event) => {
  if (event.target !== one("#write #body") || !event.clipboardData.files.length || event.clipboardData.getData("text/plain")) return;
  event.preventDefault();
  add([...event.clipboardData.files].map(pasted));
});
const over = (event) => (event.dataTransfer?.types.includes("Files") ? event.target.closest?.("#write") : null);
document.addEventListener("dragover", (event) => {
  form()?.classList.toggle("is-over", Boolean(over(event)));
  if (over(event)) event.preventDefault();
});
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget?.closest?.("#write")) form()?.classList.remove("is-over"); });
document.addEventListener("drop", (event) => {
  const place = over(event);
  if (!place) return;
  event.preventDefault();
  place.classList.remove("is-over");
  add(event.dataTransfer.files);
});
// The field is emptied: what it holds would go with the message as well.
const pick = (field) => {
  const chosen = [...field.files];
  field.value = "";
  add(chosen);
};
document.addEventListener("change", (event) => { if (event.target.matches("#write [data-files]")) pick(event.target); });
// Chosen before this script was there.
const openPage = () => {
  const gone = [...files.values()];
  waiting = null;
  files.clear();
  gone.forEach(({ request }) => request?.abort());
  const field = one("#write [data-files]");
  if (field?.files.length) pick(field);
};
openPage();
document.addEventListener("page:shown", openPage);
