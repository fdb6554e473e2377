// Drawing views into another order; the buttons do the same without a mouse.
let drawn = null;
const lines = (list) => [...list.querySelectorAll("[data-view]")];
document.addEventListener("dragstart", (event) => {
  drawn = event.target.closest?.("[data-view]");
  drawn?.classList.add("is-drawn");
});
document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.("[data-view]");
  if (!drawn || !over || over.parentNode !== drawn.parentNode) return;
  event.preventDefault();
  if (over === drawn) return;
  const { top, height } = over.getBoundingClientRect();
  over[event.clientY > top + height / 2 ? "after" : "before"](drawn);
});
document.addEventListener("drop", (event) => { if (drawn) event.preventDefault(); });
document.addEventListener("dragend", async () => {
  if (!drawn) return;
  const line = drawn;
  drawn = null;
  line.classList.remove("is-drawn");
  const form = line.querySelector(".view-move");
  const to = lines(line.parentNode).indexOf(line);
  const body = new FormData(form);
  body.set("to", to);
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (!answer.ok) throw new Error(answer.status);
    htmx.trigger("#views", "refresh");
  } catch { location.reload(); }
});
