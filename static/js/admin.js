// Fields in tables of the admin have their names only in the table's head: say them to those who cannot see it.
const nameFields = (table) => {
  const heads = [...table.querySelectorAll("thead th")];
  const words = (name) => heads.find((head) => head.classList.contains(`column-${name}`))?.textContent.trim();
  table.querySelectorAll("tbody td[class*=field-]").forEach((cell) => {
    const label = words([...cell.classList].find((name) => name.startsWith("field-"))?.slice(6));
    cell.querySelectorAll("input:not([type=hidden]), select, textarea").forEach((field) => {
      if (label && !field.getAttribute("aria-label") && !field.labels?.length) field.setAttribute("aria-label", label);
    });
  });
  const last = heads.at(-1)?.textContent.trim();
  table.querySelectorAll("td.delete input").forEach((field) => field.setAttribute("aria-label", last || "×"));
  // A head without words is none.
  table.querySelectorAll("thead th.original:empty").forEach((head) => {
    const cell = document.createElement("td");
    cell.className = head.className;
    head.replaceWith(cell);
  });
};
const nameAll = () => document.querySelectorAll(".tabular table, #result_list").forEach(nameFields);
addEventListener("DOMContentLoaded", nameAll);
// The marks of yes and no are named in English by Django, and only by its code.
const words = document.currentScript.dataset;
addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll('img[src*="admin/img/icon-"]').forEach((mark) => {
    mark.alt = words[mark.alt.toLowerCase()] || mark.alt;
  });
});
// Choices that search have their own boxes, which do not know their label.
const nameChoices = () => document.querySelectorAll("select.admin-autocomplete").forEach((select) => {
  const label = select.labels?.[0]?.textContent.trim().replace(/[:：]$/, "") || select.getAttribute("aria-label");
  select.nextElementSibling?.querySelectorAll(".select2-selection, .select2-selection__rendered").forEach((box) => {
    if (label) box.setAttribute("aria-label", label);
    if (!box.textContent.trim()) box.removeAttribute("aria-labelledby");
  });
});
// The boxes are made some time after the page has loaded, and again for each added row.
new MutationObserver((changes) => {
  const isBox = (node) => node.classList?.contains("select2");
  if (changes.some((change) => [...change.addedNodes].some(isBox))) nameChoices();
}).observe(document.documentElement, { childList: true, subtree: true });
addEventListener("load", () => {
  document.querySelectorAll(".search-label-icon[aria-label]").forEach((icon) => icon.setAttribute("role", "img"));
  const search = document.getElementById("searchbar");
  search?.setAttribute("aria-label", document.querySelector("label[for=searchbar] img")?.alt || "?");
});
document.addEventListener("formset:added", (event) => {
  nameAll();
  // One goes on writing in the new row; where one was taken away, at the place to add another.
  event.target.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});
document.addEventListener("formset:removed", (event) => {
  document.querySelector(`#${event.detail.formsetName}-group .add-row a`)?.focus();
});
// Enter in a list's field saves the list: the first button of its form, which Enter would press, is that of the actions.
document.addEventListener("keydown", (event) => {
  const save = document.querySelector("#changelist-form [name=_save]");
  if (event.key !== "Enter" || !save || !event.target.matches("#result_list tbody input:not(.action-select)")) return;
  event.preventDefault();
  save.click();
});
