// How the page to try the API is set up: the library's parts that we show, in our frame and theme.
(() => {
  const root = document.documentElement;
  const follow = () => root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
  follow();
  new MutationObserver(follow).observe(root, { attributeFilter: ["data-bs-theme"] });

  // Long examples scroll, so the keyboard must reach them; the library leaves that out.
  new MutationObserver(() => {
    for (const example of document.querySelectorAll("#swagger-ui pre:not([tabindex])")) example.tabIndex = 0;
  }).observe(document.getElementById("swagger-ui"), { childList: true, subtree: true });

  // Title, version and a second main part are on our page already.
  const layout = (system) => {
    const make = system.React.createElement;
    const Frame = ({ getComponent }) => make(
      "div", { className: "swagger-ui" },
      ...["SvgAssets", "errors", "AuthorizeBtnContainer", "operations"].map((name) => make(getComponent(name, true), { key: name })),
    );
    return { components: { Frame } };
  };
  window.apiPage = {
    layout: "Frame", plugins: [layout], deepLinking: false, validatorUrl: null, defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
  };
})();
