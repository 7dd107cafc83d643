// @ in a field with data-mentions offers the people who may be mentioned. Keys as in a combobox: arrows choose, Enter or
// Tab takes, Esc closes. Without this script @first.last works all the same.
const WAIT = 120;
let timer = 0;
let asked = 0;
let open = null;

const beginning = (field) => /(?:^|[^\w@./+-])@([\p{L}\p{N}.'-]{0,40})$/u.exec(field.value.slice(0, field.selectionStart))?.[1];

function list(field) {
  const form = field.form;
  const box = document.createElement("ul");
  box.className = "mentionable";
  box.id = `${field.id}-people`;
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", form.dataset.people);
  field.after(box);
  field.setAttribute("aria-controls", box.id);
  return box;
}

function say(field, text) {
  let status = field.form.querySelector(".mention-status");
  if (!status) {
    status = Object.assign(document.createElement("p"), { className: "vh mention-status", role: "status" });
    status.setAttribute("role", "status");
    field.form.append(status);
  }
  status.textContent = text;
}

function close() {
  clearTimeout(timer);
  asked += 1;
  if (!open) return;
  open.box.remove();
  for (const name of ["aria-controls", "aria-activedescendant"]) open.field.removeAttribute(name);
  open = null;
}

function choose(place) {
  open.place = (place + open.people.length) % open.people.length;
  [...open.box.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === open.place)));
  const option = open.box.children[open.place];
  open.field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function take() {
  const { field, people, place } = open;
  const end = field.selectionStart;
  const start = end - beginning(field).length;
  field.setRangeText(`${people[place].handle} `, start, end, "end");
  close();
  field.focus();
}

function show(field, people) {
  close();
  if (!people.length) { say(field, field.form.dataset.nobody); return; }
  const box = list(field);
  people.forEach((person, place) => {
    const option = Object.assign(document.createElement("li"), { id: `${box.id}-${place}` });
    option.setAttribute("role", "option");
    option.append(person.name, Object.assign(document.createElement("code"), { textContent: `@${person.handle}` }));
    option.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(place); take(); });
    box.append(option);
  });
  open = { field, box, people, place: 0 };
  choose(0);
  say(field, `${people.length} ${field.form.dataset.peopleFound}`);
}

async function ask(field, typed) {
  const mine = (asked += 1);
  try {
    const answer = await fetch(`${field.dataset.mentions}?q=${encodeURIComponent(typed)}`, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || mine !== asked || document.activeElement !== field || beginning(field) !== typed) return;
    show(field, (await answer.json()).people);
  } catch { close(); }
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-mentions]")) return;
  const typed = beginning(target);
  clearTimeout(timer);
  if (typed === undefined) { close(); return; }
  timer = setTimeout(() => ask(target, typed), WAIT);
});

document.addEventListener("keydown", (event) => {
  if (!open || event.target !== open.field || event.isComposing) return;
  const acts = {
    ArrowDown: () => choose(open.place + 1),
    ArrowUp: () => choose(open.place - 1),
    Enter: take,
    Tab: take,
    Escape: close,
  };
  if (!acts[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  acts[event.key]();
}, { capture: true });

document.addEventListener("focusout", ({ target }) => { if (open?.field === target) close(); });
document.addEventListener("focusin", ({ target }) => {
  if (!target.matches?.("[data-mentions]")) return;
  target.setAttribute("aria-autocomplete", "list");
  target.setAttribute("aria-haspopup", "listbox");
});
