// What the customers' forms do better with JavaScript; all of them work without.
{
  const init = () => {
    // The server says when to expect an answer in the visitor's own time.
    for (const field of document.querySelectorAll("[data-time-zone]")) {
      field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    }
    // What was written survives going back or a reload in this tab, until it is sent.
    const forms = document.querySelectorAll("form[data-draft]");
    if (document.querySelector("[data-sent]")?.dataset.sent) {
      sessionStorage.removeItem("draft:ask");
      forms.forEach((form) => sessionStorage.removeItem(draftOf(form)));
      history.replaceState(history.state, "", location.pathname + location.hash);
    }
    for (const form of forms) {
      const kept = JSON.parse(sessionStorage.getItem(draftOf(form)) || "{}");
      for (const field of written(form)) field.value ||= kept[field.name] || "";
    }
  };
  const draftOf = (form) => `draft:${form.dataset.draft}`;
  const written = (form) =>
    [...form.querySelectorAll("input[type=text], input[type=email], input[type=tel], textarea")].filter((field) => field.name !== "website");
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.dataset.draft === undefined) return;
    const pairs = written(form).filter((field) => field.value).map((field) => [field.name, field.value]);
    sessionStorage.setItem(draftOf(form), JSON.stringify(Object.fromEntries(pairs)));
  });
  document.addEventListener("page:shown", init);
  init();

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
}
