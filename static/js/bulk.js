// Marking tickets of a list: by x, by their boxes, by shift-click for a range. Live refresh keeps the marks.

const form = () => document.querySelector("[data-bulk]");
const boxes = () => [...document.querySelectorAll("#rows .pick input")];
const marked = new Set();
let last = null;

const whole = () => form().elements.whole;
const show = () => {
  if (!form()) return;
  for (const box of boxes()) {
    box.checked = marked.has(box.value);
    box.closest(".row-line").classList.toggle("is-marked", box.checked);
  }
  form().classList.toggle("is-used", marked.size > 0 || whole().checked);
  form().querySelector("[data-marked]").textContent = marked.size;
};
const mark = (box, is) => { is ? marked.add(box.value) : marked.delete(box.value); };
const choose = (box, is, asRange) => {
  const here = boxes();
  const from = asRange && last !== null ? here.findIndex((one) => one.value === last) : -1;
  const to = here.indexOf(box);
  const range = from < 0 ? [box] : here.slice(Math.min(from, to), Math.max(from, to) + 1);
  range.forEach((one) => mark(one, is));
  last = box.value;
  show();
};

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("#rows .pick input");
  if (box) choose(box, box.checked, event.shiftKey);
  if (event.target.closest?.("[data-unmark]")) { marked.clear(); whole().checked = false; show(); }
});
document.addEventListener("change", (event) => { if (form() && event.target === whole()) show(); });
document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "rows") show(); });
// What was marked on this page and has left the list since is sent no more.
document.addEventListener("submit", (event) => {
  if (event.target !== form() || marked.size || whole().checked) return;
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (!form() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]") || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const box = document.activeElement.closest?.(".row-line")?.querySelector(".pick input");
  if (event.key.toLowerCase() === "x" && box) {
    event.preventDefault();
    choose(box, !box.checked, event.shiftKey);
  }
  if (event.key === "b" && form().classList.contains("is-used")) {
    event.preventDefault();
    document.getElementById("bulk-action").focus();
  }
});
addEventListener("pageshow", () => { boxes().forEach((box) => mark(box, box.checked)); show(); });
