// The incident room: editing in its place, links to entries, and polls that leave the page where it stands.
const isPoll = ({ requestConfig }) => requestConfig?.triggeringEvent?.type === "airp:poll";

// Editing: a click on the text opens its field, Esc puts it away, Ctrl or Cmd with Enter saves.
const shut = (details) => {
  details.open = false;
  details.querySelector(":scope > .slot")?.replaceChildren();
  details.querySelector(":scope > summary").focus();
};
document.addEventListener("click", (event) => {
  const text = event.target.closest("[data-edits]");
  if (!text || event.target.closest("a") || !getSelection().isCollapsed) return;
  const details = document.getElementById(text.dataset.edits);
  if (details) details.open = true;
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("#room form");
  if (!form || event.defaultPrevented || event.isComposing) return;
  const details = form.closest("details.edits");
  if (event.key === "Escape" && details) { event.preventDefault(); shut(details); }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(form.querySelector("button")); }
});
// The field that was opened takes the focus; what was saved gives it back to the pencil.
document.addEventListener("toggle", ({ target }) => { if (target.matches("details.edits[open]")) enter(target); }, true);
const enter = (details) => {
  const field = details.querySelector("form :is(input:not([type=hidden]), textarea)");
  if (!field || details.contains(document.activeElement) && document.activeElement.matches("input, textarea")) return;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
};
let saved = "";
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const details = detail.requestConfig.elt.closest?.("details.edits");
  saved = details && detail.requestConfig.verb === "post" && detail.xhr.status < 400 ? details.id : "";
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.matches?.(".edits > .slot")) enter(detail.target.parentElement);
  if (saved) document.querySelector(`#${saved} > summary`)?.focus();
  saved = "";
});

// Whatever a poll brings, what the person looks at stays where it is: what has the focus, what the pointer is on,
// else the first entry in sight.
let held = null;
const isSeen = (box) => box.bottom > 0 && box.top < innerHeight && box.height > 0;
function anchor() {
  const focused = document.activeElement?.closest?.("#room [id]");
  const pointed = [...document.querySelectorAll("#room [id]:hover")].at(-1);
  const entries = [...document.querySelectorAll("#room .timeline > li[id]")].filter((each) => each.getBoundingClientRect().top >= 0);
  return [focused, pointed, scrollY > 0 ? entries[0] : null].find((each) => each && isSeen(each.getBoundingClientRect()));
}
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const node = isPoll(detail) && detail.target.id === "room" ? anchor() : null;
  held = node && { id: node.id, top: node.getBoundingClientRect().top };
});
document.addEventListener("htmx:afterSwap", () => {
  const now = held && document.getElementById(held.id)?.getBoundingClientRect().top;
  if (typeof now === "number") scrollBy(0, now - held.top);
  held = null;
});

// A page that was turned takes the focus with it: the link that turned it may be gone.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const { elt, verb } = detail.requestConfig ?? {};
  if (verb === "get" && elt?.closest?.("#timeline") && document.activeElement === document.body) document.getElementById("timeline-title")?.focus({ preventScroll: true });
});

// An address that only names an entry: the page with it is asked for.
const asked = /^#entry-(\d+)$/.exec(location.hash)?.[1];
if (asked && !document.getElementById(`entry-${asked}`) && !new URLSearchParams(location.search).has("entry")) location.replace(`?entry=${asked}${location.hash}`);
