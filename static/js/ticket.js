// What the ticket page does by itself: it counts the time, and finds places in the conversation.

const one = (selector) => document.querySelector(selector);
const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["x-csrftoken"] || "";
const post = (url, fields) => {
  const body = new FormData();
  Object.entries(fields).forEach(([name, value]) => body.append(name, value));
  body.append("csrfmiddlewaretoken", token());
  return { url, body };
};

// --- The time one works here: it stands while the page is hidden or nobody touches anything --------------------------

const IDLE = 60000, SENT_EVERY = 30;
let touchedAt = Date.now(), seconds = 0, sentSeconds = 0, paused = false;
["keydown", "pointerdown", "pointermove", "scroll"].forEach((name) =>
  document.addEventListener(name, () => { touchedAt = Date.now(); }, { passive: true, capture: true }));
const clock = () => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
const sendTime = async (isLast) => {
  const timer = one("#timer");
  // A look of a few seconds is no work.
  if (!timer || seconds === sentSeconds || seconds < 10) return;
  sentSeconds = seconds;
  const { url, body } = post(timer.dataset.url, { visit: timer.dataset.visit, seconds });
  if (isLast) { navigator.sendBeacon(url, body); return; }
  try {
    const answer = await fetch(url, { method: "POST", body });
    if (answer.ok && !answer.redirected) one("[data-time-spent]").textContent = await answer.text();
  } catch { sentSeconds = 0; }
};
setInterval(() => {
  const timer = one("#timer");
  if (!timer) return;
  timer.hidden = false;
  const stands = paused || document.hidden || Date.now() - touchedAt > IDLE;
  timer.classList.toggle("is-standing", stands);
  if (stands) return;
  seconds += 1;
  timer.querySelector("[data-clock]").textContent = clock();
  if (seconds - sentSeconds >= SENT_EVERY) sendTime(false);
}, 1000);
document.addEventListener("click", (event) => {
  const button = event.target.closest("#timer [data-pause]");
  if (!button) return;
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
});
addEventListener("pagehide", () => sendTime(true));
document.addEventListener("page:shown", () => { seconds = sentSeconds = 0; });

// --- Places: what happened is put between the messages, and a link finds what is not on the page yet ----------------

const talk = () => one("#conversation");
let wasAtEnd = false, wanted = "";
const place = () => (/^#[me]\d+$/.test(location.hash) ? document.getElementById(location.hash.slice(1)) : null);
const goToPlace = () => {
  const found = place();
  if (!found) return;
  const fold = found.closest("details");
  if (fold) fold.open = true;
  found.scrollIntoView({ block: "nearest" });
  found.classList.add("is-meant");
};
const findPlace = () => {
  document.querySelectorAll(".is-meant").forEach((found) => found.classList.remove("is-meant"));
  if (place()) { goToPlace(); return; }
  const message = /^#m(\d+)$/.exec(location.hash);
  const first = one("#earlier ~ .message");
  if (!message || !first || wanted === location.hash) return;
  // Once for each place: one that is nowhere stays so.
  wanted = location.hash;
  const url = `${talk().dataset.earlier}?before=${first.id.slice(1)}&since=${message[1]}`;
  htmx.ajax("GET", url, { target: "#earlier", swap: "outerHTML" }).then(goToPlace);
};
document.addEventListener("htmx:beforeSwap", (event) => {
  const box = talk();
  if (event.target.matches?.(".events-loader")) wasAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 40;
});
document.addEventListener("htmx:oobAfterSwap", () => { if (wasAtEnd) talk().scrollTop = talk().scrollHeight; });
document.addEventListener("htmx:afterSettle", goToPlace);
addEventListener("hashchange", findPlace);
findPlace();
