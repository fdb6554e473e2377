// What the customers' forms do better with JavaScript; all of them work without.

// The server says when to expect an answer in the visitor's own time.
document.querySelectorAll("[data-time-zone]").forEach((field) => {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
});

// A file that is too large is refused before it is sent.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.type !== "file" || !input.form?.dataset.fileLimit) return;
  const large = [...input.files].find((file) => file.size > Number(input.form.dataset.fileLimit));
  let hint = input.parentElement.querySelector("[data-file-hint]");
  if (!hint) {
    hint = document.createElement("p");
    hint.dataset.fileHint = "";
    hint.className = "text-danger";
    hint.setAttribute("role", "alert");
    input.after(hint);
  }
  hint.textContent = large ? input.form.dataset.fileTooLarge.replace("{name}", large.name) : "";
  hint.hidden = !large;
  if (large) input.value = "";
});

// While one writes, articles that may answer it: the subject and the end of the text are looked up.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.dataset.suggestions === undefined) return;
  const value = (selector) => document.querySelector(selector)?.value || "";
  const query = `${value("#id_subject")} ${value("#id_text").slice(-400)}`.trim();
  if (query.length < 2) { event.preventDefault(); return; }
  event.detail.parameters = { q: query, category: value("[name=category]:checked, [name=category][type=hidden]") };
});

// What was written survives going back or a reload in this tab, until it is sent.
const WRITTEN = "input[type=text], input[type=email], input[type=tel], textarea";
const nameOf = (form) => `draft:${form.dataset.draft}`;
const drafts = document.querySelectorAll("form[data-draft]");
const page = document.querySelector("[data-sent]");
if (page?.dataset.sent) {
  sessionStorage.removeItem("draft:ask");
  drafts.forEach((form) => sessionStorage.removeItem(nameOf(form)));
  history.replaceState(null, "", location.pathname + location.hash);
}
drafts.forEach((form) => {
  const kept = JSON.parse(sessionStorage.getItem(nameOf(form)) || "{}");
  for (const field of form.querySelectorAll(WRITTEN)) {
    if (!field.value && kept[field.name] && field.name !== "website") field.value = kept[field.name];
  }
  form.addEventListener("input", () => {
    const written = [...form.querySelectorAll(WRITTEN)].filter((field) => field.value);
    sessionStorage.setItem(nameOf(form), JSON.stringify(Object.fromEntries(written.map((field) => [field.name, field.value]))));
  });
});
