// Dialogs, and where the focus goes after an answer.
document.addEventListener("click", (event) => {
  const { target } = event;
  const opener = target.closest("[data-dialog]");
  if (opener) { openDialog(opener); return; }
  const dialog = target.closest("[data-close]")?.closest("dialog");
  if (dialog) { event.preventDefault(); dialog.close(); }
});

function openDialog(opener) {
  const dialog = document.getElementById(opener.dataset.dialog);
  opener.closest("[popover]")?.hidePopover();
  if (dialog && !dialog.open) dialog.showModal();
}

// A form sent from a dialog and accepted has done its work; a refused one stays with its errors.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { verb } = detail.requestConfig ?? {};
  if (verb && verb !== "get" && detail.xhr.status < 400 && detail.xhr.status > 0) detail.elt.closest?.("dialog")?.close();
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const summary = detail.elt.querySelector?.(".error-summary");
  if (summary && detail.requestConfig?.verb !== "get") summary.focus();
});

// What works only with this script is hidden until here.
function reveal(root) {
  for (const part of root.querySelectorAll("[data-needs-script]")) part.hidden = false;
}
reveal(document);
document.addEventListener("htmx:afterSettle", () => reveal(document));
