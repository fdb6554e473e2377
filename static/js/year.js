// A year's days are one stop of the Tab key; the arrow keys go from day to day and week to week.
const days = [...document.querySelectorAll(".month a.day")];
const key = `day:${location.pathname}`;
const stop = (day) => {
  days.forEach((one) => { one.tabIndex = one === day ? 0 : -1; });
  return day;
};
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const page = (day, by) => {
  const months = [...document.querySelectorAll(".month")];
  const month = months[months.indexOf(day.closest(".month")) + by];
  const nth = [...day.closest(".month").querySelectorAll("a.day")].indexOf(day);
  const there = [...(month?.querySelectorAll("a.day") ?? [])];
  return there[nth] ?? there.at(-1);
};
const target = (event, at) => {
  if (event.key in MOVES) return days[at + MOVES[event.key]];
  if (event.key === "PageUp" || event.key === "PageDown") return page(days[at], event.key === "PageUp" ? -1 : 1);
  return { Home: days[0], End: days.at(-1) }[event.key];
};
days.forEach((day, at) => {
  day.addEventListener("keydown", (event) => {
    const found = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey ? null : target(event, at);
    if (!found) return;
    event.preventDefault();
    stop(found).focus();
  });
  // Whoever comes back from a day goes on there.
  day.addEventListener("click", () => sessionStorage.setItem(key, day.search));
});
if (days.length) {
  const last = days.find((day) => day.search === sessionStorage.getItem(key));
  stop(last ?? days.find((day) => day.ariaCurrent) ?? days[0]);
}
