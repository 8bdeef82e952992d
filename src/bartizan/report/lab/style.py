"""Style and script of the lab's pages, on top of those of the catalogue's pages."""

from __future__ import annotations

LAB_STYLE = """
figure { margin: 16px 0 24px; min-width: 0; }
figcaption { max-width: 72ch; margin-bottom: 4px; }
.small { font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(520px, 100%), 1fr)); gap: 8px 32px; }
svg.chart { width: 100%; max-width: 680px; height: auto; font: 12px system-ui, sans-serif; display: block;
  font-variant-numeric: tabular-nums; }
footer, p { overflow-wrap: anywhere; }
svg.chart text { fill: var(--ink); }
svg.chart .tick, svg.chart .axis { fill: var(--quiet); }
svg.chart .rung { stroke: var(--line); }
svg.chart polyline { fill: none; stroke: var(--ink); stroke-width: 1.6; }
svg.chart .guess { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 2 3; }
svg.chart .step { stroke: var(--quiet); stroke-width: 1; }
svg.chart .leader { stroke: var(--line); }
svg.chart .whisker, svg.range .whisker { stroke: var(--quiet); stroke-width: 1.2; }
svg.chart .mark, svg.range .mark { fill: var(--ink); stroke: var(--ink); stroke-width: 1.4; }
svg.chart .mark.open { fill: var(--page); }
svg.chart .star .mark { fill: var(--accent); stroke: var(--accent); }
svg.chart .halo { paint-order: stroke; stroke: var(--page); stroke-width: 3px; stroke-linejoin: round; }
svg.chart .strong { font-weight: 600; }
svg.chart .around { fill: var(--accent); fill-opacity: 0; stroke: none; }
svg.chart .spot { cursor: default; outline: none; }
svg.chart .spot:hover .around, svg.chart .spot.on .around { fill-opacity: .18; }
svg.chart .spot:focus-visible .around { fill-opacity: .18; stroke: var(--accent); stroke-width: 2; }
.told { min-height: 3em; padding: 8px 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--lane);
  display: none; margin: 8px 0; }
.scripted .told { display: block; }
tr.on td { background: var(--lane); }
svg.range .whisker { stroke-width: 3; }
svg.range { width: 120px; height: 16px; display: block; }
svg.range .base { stroke: var(--line); }
svg.range .without { stroke: var(--quiet); stroke-width: 1.5; }
.examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(350px, 100%), 1fr)); gap: 8px 24px; }
.pair { display: flex; flex-wrap: wrap; gap: 12px; align-items: start; }
.pair figure { margin: 8px 0; }
svg.pixels { width: 104px; height: auto; border: 1px solid var(--line); display: block; image-rendering: pixelated; }
.words { border-left: 2px solid var(--line); padding-left: 12px; overflow-wrap: anywhere; white-space: pre-wrap; }
del { text-decoration-thickness: 2px; color: var(--quiet); } ins { text-decoration-thickness: 2px; font-weight: 600; }
.changed { max-width: 560px; } .changed table { min-width: 0 !important; } td.r { white-space: nowrap; }
section > .wide td { overflow-wrap: anywhere; } section > .wide td:first-child { min-width: 200px; }
section > .wide td:nth-child(2) { min-width: 130px; }
section > .wide td.n, section > .wide td.r { overflow-wrap: normal; }
td.n { text-align: right; white-space: nowrap; }
@media (prefers-reduced-motion: no-preference) { svg.chart .around { transition: fill-opacity 120ms; } }
@media (max-width: 1000px) { .wide table { min-width: 640px; } figure { overflow-x: auto; }
  svg.chart { min-width: 520px; } }
@media print { .told, .scripted .told { display: none; } figure { break-inside: avoid; } }
"""

LAB_SCRIPT = """
const spots = [...document.querySelectorAll('.spot')], told = document.querySelector('.told');
const rows = [...document.querySelectorAll('tr[data-key]')];
const choose = key => {
  for (const one of [...spots, ...rows]) one.classList.toggle('on', one.dataset.key === key);
  const first = spots.find(one => one.dataset.key === key);
  if (told && first) told.textContent = first.getAttribute('aria-label');
};
for (const one of [...spots, ...rows]) {
  one.addEventListener('pointerenter', () => choose(one.dataset.key));
  one.addEventListener('focusin', () => choose(one.dataset.key));
}
document.addEventListener('keydown', event => {
  const from = document.activeElement;
  if (!from.classList.contains('spot') || !event.key.startsWith('Arrow')) return;
  const near = spots.filter(one => one.closest('svg') === from.closest('svg'));
  const box = one => { const b = one.querySelector('.mark').getBoundingClientRect(); return b.x + b.width / 2; };
  near.sort((a, b) => box(a) - box(b));
  const by = event.key === 'ArrowRight' || event.key === 'ArrowUp' ? 1 : -1;
  near[Math.max(0, Math.min(near.length - 1, near.indexOf(from) + by))].focus();
  event.preventDefault();
});
"""
