"""Style and script of the catalogue's pages: everything a page needs stands in it, so that it opens without a network.

Colours: neutrals and one accent for what can be clicked; light and dark by the reader's setting, and a switch.
"""

from __future__ import annotations

STYLE = """
:root { color-scheme: light; --page: #fff; --ink: #1b2026; --quiet: #57606a; --line: #d4d9df; --lane: #f5f7f9;
  --box: #fff; --accent: #2457d6; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { color-scheme: dark; --page: #14181d;
  --ink: #e6e9ed; --quiet: #9ba5b0; --line: #3a424c; --lane: #1b2027; --box: #242b33; --accent: #7aa2ff;
  --on-accent: #10141a; } }
:root[data-theme=dark] { color-scheme: dark; --page: #14181d; --ink: #e6e9ed; --quiet: #9ba5b0; --line: #3a424c;
  --lane: #1b2027; --box: #242b33; --accent: #7aa2ff; --on-accent: #10141a; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1480px; padding: 24px 32px 48px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 18px; line-height: 1.3; margin: 32px 0 8px; }
h3 { font-size: 15px; margin: 16px 0 4px; }
p, dd, ul, ol { max-width: 72ch; }
p { margin: 8px 0; }
.lead { font-size: 18px; margin: 0 0 20px; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
a:focus-visible, button:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code { font: 13px ui-monospace, monospace; }
.quiet, footer { color: var(--quiet); }
footer { margin-top: 32px; font-size: 13px; }
dl { display: grid; grid-template-columns: fit-content(40%) minmax(0, 1fr); gap: 4px 16px; margin: 8px 0; }
dt { color: var(--quiet); }
dd { overflow-wrap: anywhere; }
dd { margin: 0; }
ul, ol { margin: 4px 0 8px; padding-left: 24px; }
li { margin: 2px 0; }
li:target { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); }
th { position: sticky; top: 0; background: var(--page); z-index: 1; }
th button { all: unset; cursor: pointer; font-weight: 600; color: var(--accent); }
th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
td { overflow-wrap: break-word; }
table:has(col) { table-layout: fixed; }
.chip { display: inline-block; padding: 1px 8px; margin: 1px 2px; border: 1px solid var(--line); border-radius: 6px;
  background: var(--lane); color: var(--ink); text-decoration: none; }
svg.measured { vertical-align: -2px; } svg.measured .frame { fill: var(--page); stroke: var(--quiet); }
svg.measured .yes { fill: var(--ink); } svg.measured .no { fill: none; }
svg.measured .no { stroke: var(--ink); } svg.measured path { fill: none; stroke: var(--ink); }
small { font-size: 13px; color: var(--ink); white-space: nowrap; }
a.chip { color: var(--accent); }
a.chip:hover { border-color: var(--accent); text-decoration: underline; }
.tools { display: none; gap: 12px; margin: 8px 0 4px; align-items: center; font-size: 13px; }
.scripted .tools { display: flex; }
input, .tools button, .theme { font: inherit; font-size: 13px; color: var(--ink); background: var(--page);
  padding: 4px 8px; border: 1px solid var(--line); border-radius: 6px; }
.tools button, .theme { color: var(--accent); cursor: pointer; }
.theme { display: none; float: right; }
.scripted .theme { display: inline-block; }
.beside { display: grid; grid-template-columns: minmax(640px, 1fr) 264px; gap: 32px; align-items: start; }
.beside ol { padding-left: 30px; }
.beside h3:first-child { margin-top: 8px; }
svg.map { width: 100%; height: auto; font: 13px system-ui, sans-serif; }
svg.map text { fill: var(--ink); }
svg.map .lane { fill: var(--lane); }
svg.map .lane-name, svg.map .about, svg.map .says { fill: var(--quiet); }
svg.map .lane-name, svg.map .name { font-weight: 600; }
svg.map .box { fill: var(--box); stroke: var(--quiet); }
svg.map .box.supplier { stroke-dasharray: 5 4; }
svg.map .box.outside { stroke: var(--line); }
svg.map .flow { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
svg.map .flow.again { stroke-dasharray: 5 4; }
svg.map marker path { fill: var(--quiet); }
svg.map .mark circle { fill: var(--accent); }
svg.map .mark text { fill: var(--on-accent); font-weight: 600; }
svg.map .mark:focus-visible circle { stroke: var(--ink); stroke-width: 2; }
svg.map .chip { fill: var(--lane); stroke: var(--line); }
@media (max-width: 1000px) { body { padding: 16px; } .beside { grid-template-columns: 1fr; }
  .wide { overflow-x: auto; } .wide table, .wide svg.map { min-width: 720px; } th { position: static; } }
@media print { :root, :root[data-theme] { color-scheme: light; --page: #fff; --ink: #000; --quiet: #333; --line: #999;
  --lane: #f2f2f2; --box: #fff; --accent: #000; --on-accent: #fff; }
  body { max-width: none; padding: 0; } .tools, .theme, .scripted .tools, .scripted .theme { display: none; }
  th { position: static; } tr, li, svg, .chip { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .beside { display: block; } p a[href^=https]::after, li > a[href^=https]::after { content: " (" attr(href) ")";
  font-size: 13px; overflow-wrap: anywhere; } }
"""

SCRIPT = """
document.documentElement.classList.add('scripted');
document.querySelector('.theme').onclick = () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
};
for (const box of document.querySelectorAll('.wide:has(table)')) {
  const body = box.querySelector('tbody'), rows = [...body.rows], words = box.querySelector('input');
  const shown = box.querySelector('output');
  if (words) words.oninput = () => {
    const wanted = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !wanted.every(word => row.textContent.toLowerCase().includes(word));
    const left = rows.filter(row => !row.hidden).length;
    shown.textContent = left ? `${left} of ${rows.length}` : 'Nothing matches; try fewer words.';
  };
  box.querySelectorAll('th').forEach((head, column) => head.querySelector('button').onclick = () => {
    const down = head.getAttribute('aria-sort') === 'ascending';
    box.querySelectorAll('th').forEach(other => other.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const text = row => row.cells[column].textContent.trim();
    rows.sort((a, b) => text(a).localeCompare(text(b), undefined, {numeric: true}) * (down ? -1 : 1));
    body.append(...rows);
  });
  const copy = box.querySelector('.copy');
  if (copy) copy.onclick = async () => {
    const safe = text => '"' + text.trim().replace(/^([=+\\-@\\t\\r])/, "'$1").replaceAll('"', '""') + '"';
    const lines = [...box.querySelectorAll('tr')].filter(row => !row.hidden)
      .map(row => [...row.cells].map(cell => safe([...cell.childNodes].map(n => n.textContent).join(' '))).join(','));
    await navigator.clipboard.writeText(lines.join('\\r\\n'));
    shown.textContent = 'Copied.';
  };
}
document.onkeydown = event => {
  if (event.target.matches('input') || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key !== 'j' && event.key !== 'k') return;
  const links = [...document.querySelectorAll('td a, li a')].filter(link => !link.closest('[hidden]'));
  const at = links.indexOf(document.activeElement);
  links[Math.max(0, Math.min(links.length - 1, at + (event.key === 'j' ? 1 : -1)))]?.focus();
};
"""
