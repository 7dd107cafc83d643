// A step that was taken has done its work: its disclosure closes. A refused one stays open with its errors, and what is
// asked while one still answers is no step.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.verb === "get" || detail.xhr.status >= 400) return;
  if (!detail.requestConfig.elt.matches("form")) return;
  detail.requestConfig.elt.closest("details.disclosure")?.removeAttribute("open");
});

// A step's form is fetched when its disclosure opens, and again when a poll has put the empty place back.
const fill = (details) => {
  const slot = details.open && details.querySelector(":scope > .slot");
  if (slot && !slot.querySelector("form")) window.htmx.trigger(slot, "airp:open");
};
document.addEventListener("toggle", ({ target }) => {
  if (target.matches("details.disclosure")) fill(target);
}, true);
document.addEventListener("htmx:afterSettle", () => document.querySelectorAll("details.disclosure[open]").forEach(fill));
