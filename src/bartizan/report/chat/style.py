"""Style and script of pages about chat targets, on top of those of the lab's pages."""

from __future__ import annotations

CHAT_STYLE = """
.sev { display: inline-block; min-width: 92px; padding: 0 8px; border-radius: 6px; border: 1px solid transparent;
  font-weight: 600; white-space: nowrap; color: #14181d; }
.sev1 { background: #e8eef7; } .sev2 { background: #f6e3b4; } .sev3 { background: #f3b562; }
.sev4 { background: #e0703a; } .sev5 { background: #a8201a; color: #fff; }
.sev0 { border-color: var(--line); color: var(--quiet); font-weight: 400; }
details { margin: 0 0 4px; border: 1px solid var(--line); border-radius: 6px; padding: 4px 12px; }
details[open] { padding-bottom: 12px; }
summary { cursor: pointer; padding: 4px 0; overflow-wrap: anywhere; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.steps { max-width: none; } .steps > li { margin: 8px 0; }
.steps .words, .answer { max-width: 100ch; font-size: 13px; margin: 4px 0; }
.fold pre { font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 4px 0;
  padding: 8px 12px; background: var(--lane); border: 1px solid var(--line); border-radius: 6px; }
.fold .take { display: none; font: inherit; font-size: 13px; color: var(--accent); background: var(--page);
  padding: 2px 8px; border: 1px solid var(--line); border-radius: 6px; cursor: pointer; }
.scripted .fold .take { display: inline-block; }
.wide.met { overflow-x: auto; }
section > .wide.met td, section > .wide.met th { padding: 4px 6px 4px 0; overflow-wrap: normal; }
section > .wide.met td:first-child { min-width: 180px; } section > .wide.met td:nth-child(2) { min-width: 84px; }
.met td.dep { white-space: nowrap; } .met td.dep.lost { font-weight: 600; }
.met td.dep.none { color: var(--quiet); }
@media (max-width: 1000px) { section > .wide:not(.met) table { min-width: 960px; } h1 { padding-right: 8px; } }
.wide + .wide { margin-top: 24px; }
@media print { .wide.met { overflow: visible; } .wide.met table { font-size: 9px; }
  .fold .take, .scripted .fold .take { display: none; } details { border: 0; padding: 0; }
  .sev { border-color: #000; background: none; color: #000; } }
"""

CHAT_SCRIPT = """
for (const take of document.querySelectorAll('.take')) take.onclick = async () => {
  const words = take.parentElement.querySelector('pre');
  try { await navigator.clipboard.writeText(words.textContent); take.textContent = 'Copied'; }
  catch { getSelection().selectAllChildren(words); take.textContent = 'Selected: press Ctrl+C'; }
};
const unfold = () => {
  const at = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (at && at.localName === 'details') at.open = true;
};
addEventListener('hashchange', unfold);
unfold();
let folded = [];
addEventListener('beforeprint', () => {
  folded = [...document.querySelectorAll('details:not([open])')];
  for (const one of folded) one.open = true;
});
addEventListener('afterprint', () => { for (const one of folded) one.open = false; });
"""
