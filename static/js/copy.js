// Copying: data-copy holds the text, data-copy-from names the element that shows it.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const shown = document.getElementById(button.dataset.copyFrom);
  copy(button.dataset.copy ?? shown?.textContent ?? "", shown);
});

// Without https the browser gives no clipboard: then the text is selected, and the person's own keys copy it.
async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    document.dispatchEvent(new CustomEvent("airp:copied"));
  } catch {
    if (shown) getSelection().selectAllChildren(shown);
  }
}
