// Morphing must not destroy what a person is doing: typed text, ticks, focus, open disclosures, open edit forms.
// Polls never get past the guard; the form that sent a request itself is let through, else it would never close.
const callbacks = window.Idiomorph.defaults.callbacks;
let sender = null;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { triggeringEvent, elt } = detail.requestConfig;
  sender = triggeringEvent?.type === "airp:poll" ? null : elt.closest("form");
});
document.addEventListener("htmx:afterSettle", () => { sender = null; });

const isField = (node) => node.matches?.("input:not([type=hidden]), textarea, select") ?? false;

function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const options = [...field.options];
  const preset = options.some((option) => option.defaultSelected);
  if (!preset && !field.multiple) return field.selectedIndex > 0;
  return options.some((option) => option.selected !== option.defaultSelected);
}

const isBusy = (field) => isField(field) && (field === document.activeElement || isChanged(field));
const isSent = (node) => sender !== null && (node === sender || sender.contains(node));

// A form in work is kept whole, its hidden version too: else a poll would defeat the conflict check.
const isFormInWork = (node) => node.matches?.("form:not([data-selection])") && [...node.elements].some(isBusy);

function isKept(node) {
  if (node.nodeType !== Node.ELEMENT_NODE || isSent(node)) return false;
  return node.hasAttribute("data-keep") || isBusy(node) || isFormInWork(node);
}

const holdsKept = (node) =>
  node.nodeType === Node.ELEMENT_NODE && [...node.querySelectorAll("[data-keep], form, input, textarea, select")].some(isKept);

callbacks.beforeNodeMorphed = (node) => !isKept(node);
callbacks.beforeNodeRemoved = (node) => !isKept(node) && !holdsKept(node);
// Which row is current is the person's, as is what they opened.
const isTheirs = (name, node) =>
  (name === "open" && node.matches("details, dialog")) || (name === "class" && node.matches("[data-row]"));
callbacks.beforeAttributeUpdated = (name, node) => !isTheirs(name, node);
