// What the ticket page does by itself: it says who else is on the ticket.

const one = (selector) => document.querySelector(selector);
const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["x-csrftoken"] || "";
const post = (url, fields) => {
  const body = new FormData();
  Object.entries(fields).forEach(([name, value]) => body.append(name, value));
  body.append("csrfmiddlewaretoken", token());
  return { url, body };
};

// --- Who else is here: within five seconds, and only while somebody looks ------------------------------------------

const EVERY = 4000, WRITES_FOR = 20000;
let typedAt = 0, told = "";
const state = () => (Date.now() - typedAt < WRITES_FOR ? "writing" : "reading");
const lookAround = async () => {
  const place = one("#around");
  if (!place || document.hidden) return;
  const now = state();
  told = now;
  const { url, body } = post(place.dataset.url, { state: now, mark: place.dataset.mark });
  try {
    const answer = await fetch(url, { method: "POST", body });
    // A session that has ended answers with the sign-in page; the next refresh of the list leads there.
    if (answer.status !== 200 || !answer.headers.get("X-Mark")) return;
    const newest = place.dataset.mark.split("-")[0];
    place.dataset.mark = answer.headers.get("X-Mark");
    place.innerHTML = await answer.text();
    if (newest !== place.dataset.mark.split("-")[0] && one("#news")) htmx.trigger("#news", "refresh");
  } catch { /* The network is away for a moment. */ }
};
setInterval(lookAround, EVERY);
lookAround();
document.addEventListener("visibilitychange", lookAround);
document.addEventListener("page:shown", lookAround);
document.addEventListener("input", (event) => {
  if (!event.target.matches("#write textarea")) return;
  typedAt = event.target.value.trim() ? Date.now() : 0;
  if (state() !== told) lookAround();
});
addEventListener("pagehide", () => {
  const place = one("#around");
  if (!place) return;
  const { url, body } = post(place.dataset.url, { state: "gone" });
  navigator.sendBeacon(url, body);
});
