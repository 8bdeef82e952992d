// The catalogue: what a chip is stays inside the window and goes away with Escape; links of the graph are traced.
"use strict";

// What it is: one at a time, that under the mouse before that with the focus
function hush(but) {
  const focused = document.activeElement?.closest(".chipped");
  if (focused && focused !== but) focused.classList.add("quiet");
}

document.addEventListener("focusout", (event) => event.target.closest?.(".chipped")?.classList.remove("quiet"));

function place(event) {
  const box = event.target.closest?.(".chipped");
  const tip = box?.querySelector(".tip");
  if (event.type === "focusin" || !box?.classList.contains("quiet")) document.body.classList.remove("quiet-tips");
  if (!tip) return;
  if (event.type === "mouseover") hush(box);
  tip.style.left = "0";
  tip.style.top = "100%";
  const at = tip.getBoundingClientRect();
  const room = document.documentElement.clientWidth - 8;
  if (at.right > room) tip.style.left = `${Math.max(room - at.right, 8 - at.left)}px`;
  if (at.bottom > window.innerHeight && at.height < box.getBoundingClientRect().top) tip.style.top = `${-at.height}px`;
}

document.addEventListener("mouseover", place);
document.addEventListener("focusin", place);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.body.classList.add("quiet-tips");
  hush(null);
});

// The graph
function trace(event) {
  const node = event.target.closest?.(".graph a[data-node]");
  const graph = document.querySelector(".graph");
  if (graph === null || graph.querySelector("[data-from]") === null) return;
  for (const old of graph.querySelectorAll(".on")) old.classList.remove("on");
  graph.classList.toggle("tracing", Boolean(node));
  if (!node) return;
  const name = CSS.escape(node.dataset.node);
  for (const tie of graph.querySelectorAll(`[data-from="${name}"], [data-to="${name}"]`)) {
    tie.classList.add("on");
    const other = tie.dataset.from === node.dataset.node ? tie.dataset.to : tie.dataset.from;
    graph.querySelector(`[data-node="${CSS.escape(other)}"]`)?.classList.add("on");
  }
}

document.addEventListener("mouseover", trace);
document.addEventListener("focusin", trace);
