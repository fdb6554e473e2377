// The board: drawing a card to another column, or moving it by the keyboard. What moves it is the step's own form.

const cards = () => [...document.querySelectorAll(".board-card")];
const column = (element) => element.closest(".board-column");
const columns = () => [...document.querySelectorAll(".board-column")];
let drawn = null;

const ask = (card, status) => {
  const { move } = card.dataset;
  const back = encodeURIComponent(location.pathname + location.search);
  htmx.ajax("GET", `${move.replace("TARGET", status)}?back=${back}`, { target: "#dialog-body", swap: "innerHTML" });
};

document.addEventListener("dragstart", (event) => {
  drawn = event.target.closest?.(".board-card");
  drawn?.classList.add("is-drawn");
});
document.addEventListener("dragover", (event) => {
  const over = drawn && event.target.closest?.(".board-column");
  columns().forEach((one) => one.classList.toggle("is-over", one === over && one !== column(drawn)));
  if (over && over !== column(drawn)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const over = drawn && event.target.closest?.(".board-column");
  if (!over || over === column(drawn)) return;
  event.preventDefault();
  ask(drawn, over.dataset.status);
});
document.addEventListener("dragend", () => {
  drawn?.classList.remove("is-drawn");
  columns().forEach((one) => one.classList.remove("is-over"));
  drawn = null;
});

document.addEventListener("keydown", (event) => {
  const card = document.activeElement.closest?.(".board-card");
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const along = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!card || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest(".card-menu")) return;
  const here = columns();
  if (by && event.shiftKey) {
    const next = here[here.indexOf(column(card)) + by];
    if (next) { event.preventDefault(); ask(card, next.dataset.status); }
  } else if (by) {
    // The nearest column that way which has a card, at the same height.
    const place = [...column(card).querySelectorAll(".board-card")].indexOf(card);
    for (let at = here.indexOf(column(card)) + by; here[at]; at += by) {
      const there = here[at].querySelectorAll(".board-card");
      if (!there.length) continue;
      event.preventDefault();
      there[Math.min(place, there.length - 1)].querySelector("a").focus();
      break;
    }
  } else if (along && !event.shiftKey) {
    const next = cards()[cards().indexOf(card) + along];
    if (next && column(next) === column(card)) { event.preventDefault(); next.querySelector("a").focus(); }
  }
});

// What was written and not sent stays as the draft, for the next time here or on the ticket's page.
document.addEventListener("close", ({ target: dialog }) => {
  const keep = dialog.querySelector("[data-keep]"), form = keep?.closest("form");
  // Behind a reply that is on its way a draft would stay.
  if (!form || form.querySelector(".btn-primary").disabled) return;
  const { reply: { value: body }, csrfmiddlewaretoken: { value: csrfmiddlewaretoken } } = form.elements, { version } = keep.dataset;
  if (!body && version === "0") return;
  const fields = new URLSearchParams({ kind: "reply", body, version, csrfmiddlewaretoken });
  fetch(keep.dataset.keep, { method: "POST", keepalive: true, body: fields }).catch(() => {});
}, true);

// A menu that opens at the edge of the board is drawn into it.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".card-menu[open]")) event.target.querySelector(".menu-list").scrollIntoView({ block: "nearest", inline: "nearest" });
}, true);
