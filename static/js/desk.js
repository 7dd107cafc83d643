// A step that was taken has done its work: its disclosure closes. A refused one stays open with its errors.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.verb === "get" || detail.xhr.status >= 400) return;
  detail.requestConfig.elt.closest("details.disclosure")?.removeAttribute("open");
});
