"use strict";
const cards = [...document.querySelectorAll(".card")], chips = [...document.querySelectorAll(".chip[data-field]")];
const search = document.querySelector("input[type=search]"), count = document.getElementById("count");
const dialog = document.querySelector("dialog"), chosen = {};
let open = null;

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const card of cards) {
    const fits = Object.entries(chosen).every(([field, value]) => !value || card.dataset[field] === value);
    const text = card.textContent.toLowerCase();
    card.hidden = !(fits && words.every((w) => text.includes(w)));
    if (!card.hidden) shown++;
  }
  count.textContent = `${shown} of ${cards.length} tasks`;
}

for (const chip of chips) {
  chip.addEventListener("click", () => {
    const { field, value } = chip.dataset;
    chosen[field] = chosen[field] === value ? "" : value;
    for (const c of chips) if (c.dataset.field === field) c.setAttribute("aria-pressed", String((chosen[field] || "") === c.dataset.value));
    filter();
  });
}
search.addEventListener("input", filter);

// A dialog borrows the card's pictures, so that each is in the file once.
function show(card) {
  open = card;
  dialog.replaceChildren(document.getElementById(card.dataset.detail).content.cloneNode(true));
  for (const img of dialog.querySelectorAll("img[data-of]")) {
    const from = card.querySelector(`img[data-name="${img.dataset.of}"]`);
    if (from) img.src = from.src; else img.closest("figure").remove();
  }
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.querySelector("[data-step='-1']").addEventListener("click", () => step(-1));
  dialog.querySelector("[data-step='1']").addEventListener("click", () => step(1));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  history.replaceState(null, "", "#" + card.id);
}

function step(by) {
  const visible = cards.filter((c) => !c.hidden || c === open);
  const next = visible[visible.indexOf(open) + by];
  if (next) show(next);
}

for (const card of cards) card.addEventListener("click", () => show(card));
dialog.addEventListener("keydown", (e) => {
  if (e.key === "ArrowLeft") step(-1);
  if (e.key === "ArrowRight") step(1);
});
dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => { history.replaceState(null, "", location.pathname + location.search); if (open) open.focus(); });
filter();
const linked = location.hash && document.getElementById(location.hash.slice(1));
if (linked && cards.includes(linked)) show(linked);
