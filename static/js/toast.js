// Short lines at the bottom right: what the server announces (HX-Trigger airp:toast), and what went wrong.
const region = document.getElementById("toasts");
const pattern = document.getElementById("toast-template");
const SECONDS = 8;

function leave(toast) {
  let rest = setTimeout(() => toast.remove(), SECONDS * 1000);
  const hold = () => clearTimeout(rest);
  const resume = () => { hold(); rest = setTimeout(() => toast.remove(), SECONDS * 1000); };
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, resume);
}

function show({ text, undo_url: undoUrl = "", undo_label: undoLabel = "Undo", tone = "" }) {
  const toast = pattern.content.firstElementChild.cloneNode(true);
  toast.querySelector("p").textContent = text;
  if (tone) toast.classList.add(tone);
  const undo = toast.querySelector("[data-undo]");
  if (undoUrl) {
    undo.hidden = false;
    undo.firstElementChild.textContent = undoLabel;
    undo.addEventListener("click", () => takeBack(undoUrl, toast));
  }
  region.append(toast);
  if (tone !== "critical") leave(toast);
}

async function takeBack(url, toast) {
  toast.remove();
  await window.htmx.ajax("POST", url, { source: document.body, target: document.body, swap: "none" });
  document.body.dispatchEvent(new CustomEvent("airp:poll"));
}

// A refused undo swaps nothing, so it must be said here.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const isRefused = [409, 422].includes(detail.xhr.status) && detail.requestConfig?.elt === document.body;
  if (isRefused) complain(region.dataset.failed);
});

function failure(status) {
  if (status === 401) return region.dataset.signedOut;
  if (status === 403) return region.dataset.denied;
  if (status === 404) return region.dataset.gone;
  if (status === 429) return region.dataset.many;
  return region.dataset.failed;
}

const isPoll = (detail) => detail.requestConfig?.triggeringEvent?.type === "airp:poll";
const complain = (text) => show({ text, tone: "critical" });

document.addEventListener("airp:toast", ({ detail }) => show(detail));
document.addEventListener("airp:copied", () => show({ text: region.dataset.copied }));
document.addEventListener("htmx:responseError", ({ detail }) => { if (!isPoll(detail)) complain(failure(detail.xhr.status)); });
document.addEventListener("htmx:sendError", ({ detail }) => { if (!isPoll(detail)) complain(region.dataset.lost); });
document.addEventListener("htmx:timeout", ({ detail }) => { if (!isPoll(detail)) complain(region.dataset.slow); });
region.addEventListener("click", ({ target }) => { if (target.closest("[data-dismiss]")) target.closest("[data-toast]").remove(); });
for (const toast of region.querySelectorAll("[data-toast]:not(.critical)")) leave(toast);
