// What every open page of the desk asks every few seconds, in one request and only while somebody looks: whether the lists,
// the bell, or what goes on on the ticket have changed. Those parts then fetch themselves.

const one = (selector) => document.querySelector(selector);
const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["x-csrftoken"] || "";

// Who else is on a ticket is seen within five seconds.
const ON_A_TICKET = 4000, ELSEWHERE = 20000, WRITES_FOR = 20000;
let askedAt = Date.now(), typedAt = 0, told = "";
const state = () => (Date.now() - typedAt < WRITES_FOR ? "writing" : "reading");
const refresh = (id) => { const part = document.getElementById(id); if (part) htmx.trigger(part, "refresh"); };
// What a part shows stands in the address by which it fetches itself.
const shown = (id, name) => {
  const address = document.getElementById(id)?.getAttribute("hx-get");
  return address ? new URL(address, location.href).searchParams.get(name) : null;
};

// --- Who else is here -------------------------------------------------------------------------------------------------

const presence = (place, fields) => ({ url: place.dataset.url, body: new URLSearchParams({ ...fields, csrfmiddlewaretoken: token() }) });
const lookAround = async () => {
  const place = one("#around");
  if (!place || document.hidden) return;
  told = state();
  const { url, body } = presence(place, { state: told, mark: place.dataset.mark });
  try {
    const answer = await fetch(url, { method: "POST", body });
    // A session that has ended answers with the sign-in page; the pulse leads there.
    if (answer.status !== 200 || !answer.headers.get("X-Mark")) return;
    const newest = place.dataset.mark.split("-")[0];
    place.dataset.mark = answer.headers.get("X-Mark");
    place.innerHTML = await answer.text();
    if (newest !== place.dataset.mark.split("-")[0]) refresh("news");
  } catch { /* The network is away for a moment. */ }
};
lookAround();
document.addEventListener("page:shown", lookAround);
document.addEventListener("input", (event) => {
  if (!event.target.matches("#write textarea")) return;
  typedAt = event.target.value.trim() ? Date.now() : 0;
  if (state() !== told) lookAround();
});
addEventListener("pagehide", () => {
  const place = one("#around");
  if (!place) return;
  const { url, body } = presence(place, { state: "gone" });
  navigator.sendBeacon(url, body);
});

// --- The pulse --------------------------------------------------------------------------------------------------------

const marks = () => {
  const fields = new URLSearchParams(), place = one("#around");
  const lists = [shown("rows", "mark"), shown("views", "mark")].filter(Boolean).map(Number);
  if (lists.length) fields.set("lists", Math.min(...lists));
  if (shown("bell", "count") !== null) fields.set("bell", shown("bell", "count"));
  if (place) {
    told = state();
    Object.entries({ ticket: place.dataset.ticket, around: place.dataset.mark, state: told }).forEach(([name, value]) => fields.set(name, value));
  }
  return fields;
};
const CHANGED = {
  // A queue brings the counts beside it along.
  lists: () => ["rows", "views", one("#rows.rows:not(.view-rows)") ? "" : "queues"].forEach(refresh),
  bell: () => refresh("bell"),
  around: lookAround,
};
const pulse = async () => {
  if (document.hidden) return;
  askedAt = Date.now();
  try {
    const answer = await fetch(document.body.dataset.pulse, { method: "POST", body: marks() });
    // The session has ended: the page leads to signing in, and comes back with what was begun.
    if (answer.status === 403) { location.reload(); return; }
    if (answer.status === 200) (await answer.json()).changed.forEach((part) => CHANGED[part]());
  } catch { /* As above. */ }
};
setInterval(() => { if (Date.now() - askedAt >= (one("#around") ? ON_A_TICKET : ELSEWHERE) - 500) pulse(); }, ON_A_TICKET);
document.addEventListener("visibilitychange", pulse);
