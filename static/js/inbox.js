// Triage at the keyboard: 1 accepts; 2, 3 and h ask for one more key. They act on what is selected, else on the current row.
import { currentRow, makeCurrent } from "./rows.js";

const inbox = document.getElementById("inbox");
const dialog = document.getElementById("choose");
const slot = document.getElementById("choices");
const DECIDES = /^[1-9h]$/;
// Keys pressed while an answer is on its way: none falls on a row that is leaving, none on a question not yet drawn.
let held = [];
let isBusy = false;
let place = -1;

const rows = () => [...document.querySelectorAll("#list [data-row]")];
const isTyping = (target) => target.matches("input:not([type=checkbox], [type=radio]), textarea, select");

function parameters(deed) {
  const list = document.querySelector("#list [name=list]")?.value ?? "";
  const values = new URLSearchParams({ deed, list });
  const ticked = [...inbox.querySelectorAll("[data-select]:checked")];
  const current = currentRow()?.querySelector("[data-select]");
  for (const box of ticked.length || !current ? ticked : [current]) values.append("chosen", box.value);
  return values;
}

inbox.addEventListener("click", (event) => {
  const deed = event.target.closest("[data-decide]")?.dataset.decide;
  if (!deed) return;
  event.preventDefault();
  const values = parameters(deed);
  if (isBusy || !values.has("chosen")) return;
  place = rows().indexOf(currentRow());
  isBusy = true;
  if (deed === "accept") accept(values); else ask(values);
});

function accept(values) {
  const sent = Object.fromEntries([...new Set(values.keys())].map((name) => [name, values.getAll(name)]));
  window.htmx.ajax("POST", inbox.getAttribute("action"), { source: inbox, target: "#list", swap: "morph", values: sent });
}

function ask(values) {
  slot.replaceChildren();
  dialog.showModal();
  window.htmx.ajax("GET", `${inbox.dataset.choices}?${values}`, { source: slot, target: slot, swap: "innerHTML" });
}

function press(key) {
  const control = dialog.open ? slot.querySelector(`[data-choice="${key}"]`) : inbox.querySelector(`[data-key="${key}"]`);
  control?.click();
}

function goOn() {
  isBusy = false;
  while (held.length && !isBusy) press(held.shift());
}

document.addEventListener("keydown", (event) => {
  if (document.body.dataset.shortcuts === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!DECIDES.test(event.key) || isTyping(event.target)) return;
  if (!isBusy && !dialog.open) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (isBusy) held.push(event.key); else press(event.key);
}, { capture: true });

slot.addEventListener("submit", () => { isBusy = true; });
dialog.addEventListener("close", () => { if (!slot.querySelector("form")) held = []; });

const isDecision = ({ requestConfig, target }) => requestConfig?.verb === "post" && target?.id === "list";

// What was decided leaves: its tick and the focus in it must not keep it.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!isDecision(detail)) return;
  for (const box of inbox.querySelectorAll("[data-select]:checked")) box.checked = false;
  if (inbox.contains(document.activeElement)) document.activeElement.blur();
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target === slot) {
    slot.querySelector("[data-choice]")?.focus();
    goOn();
  } else if (isDecision(detail)) {
    dialog.close();
    const all = rows();
    if (place >= 0 && all.length) makeCurrent(all[Math.min(place, all.length - 1)]);
    document.getElementById("pane").replaceChildren();
    goOn();
  }
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.failed || !(isDecision(detail) || detail.target === slot)) return;
  held = [];
  isBusy = false;
  dialog.close();
});

// What was taken back stands in its place again.
document.addEventListener("airp:taken-back", () => {
  window.htmx.ajax("GET", location.pathname + location.search, { source: inbox, target: "#list", swap: "morph" });
});

// Where there is no room for the pane, the item opens as a page.
document.addEventListener("htmx:beforeRequest", (event) => {
  const link = event.detail.elt;
  if (!link.matches?.("[data-pane]") || document.getElementById("pane").checkVisibility()) return;
  event.preventDefault();
  location.assign(link.href);
});
