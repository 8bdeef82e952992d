"""The playground's web page: a chat as a browser shows it, and the weaknesses with their state.

The answer is rendered as Markdown in which HTML passes, as careless chat pages do: what becomes of that is what the
weaknesses raw_output and remote_images are about. Everything else on the page is escaped.
"""

from __future__ import annotations

from html import escape

import msgspec

from bartizan.core.extras import need
from bartizan.playground.weaknesses import WEAKNESSES, Switches, Weakness

_STYLE = """
:root { color-scheme: light dark; --text: #1c2024; --quiet: #5a636e; --back: #fff; --line: #d5dae0; --soft: #f5f7f9;
  --accent: #2457d6; --onaccent: #fff; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --quiet: #a2abb5; --back: #14171a; --line: #363c43;
  --soft: #1d2125; --accent: #7aa2ff; --onaccent: #10131a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 48px; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 32px 0 8px; }
p { max-width: 72ch; margin: 0 0 12px; } .quiet { color: var(--quiet); }
label { display: block; font-weight: 600; margin-bottom: 4px; }
textarea { width: 100%; min-height: 72px; padding: 8px; font: inherit; color: inherit; background: var(--back);
  border: 1px solid var(--quiet); border-radius: 6px; }
button { margin-top: 8px; padding: 8px 16px; font: inherit; font-weight: 600; border: 0; border-radius: 6px;
  background: var(--accent); color: var(--onaccent); cursor: pointer; }
textarea:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.said { border: 1px solid var(--line); border-radius: 6px; margin: 16px 0 0; overflow-wrap: anywhere; }
.said > div { padding: 12px 16px; } .said > div + div { border-top: 1px solid var(--line); background: var(--soft); }
.who { font-size: 13px; color: var(--quiet); margin: 0; } .said pre { overflow-x: auto; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 600; } td.state { white-space: nowrap; font-weight: 600; }
code { font: 13px ui-monospace, monospace; }
"""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A question and its answer."""

    question: str
    answer: str
    """As it was delivered."""


def page(switches: Switches, said: Said | None = None) -> str:
    """The whole page. Raises MissingExtra where the Markdown parser is absent."""
    count, total = len(switches.on), len(WEAKNESSES)
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Larch playground</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body><main>",
            f"<h1>{count} of {total} weaknesses are on</h1>",
            '<p class="quiet">Larch, a made-up shop for garden tools. Vulnerable on purpose: give it nothing real. '
            f"Mind: {escape(switches.mind)}.</p>",
            '<form method="post" action="/ask"><label for="text">Ask the help desk</label>',
            f'<textarea id="text" name="text" required>{escape(said.question if said else "")}</textarea>',
            '<button type="submit">Ask</button></form>',
            _exchange(said) if said is not None else "",
            "<h2>Weaknesses</h2>",
            '<div class="wide"><table><thead><tr><th>State</th><th>Weakness</th><th>What it is</th><th>Where</th>'
            "<th>Closed by</th></tr></thead><tbody>",
            *(_row(one, one.id in switches.on) for one in WEAKNESSES),
            "</tbody></table></div>",
            '<p class="quiet">Switch one off with <code>bartizan playground --off NAME</code>.</p>',
            "</main></body></html>",
        ]
    )


def _exchange(said: Said) -> str:
    markdown = need("markdown_it").MarkdownIt("commonmark", {"html": True})
    return (
        f'<div class="said"><div><p class="who">You</p>{escape(said.question)}</div>'
        f'<div id="answer"><p class="who">Help desk</p>{markdown.render(said.answer[:200_000])}</div></div>'
    )


def _row(weakness: Weakness, is_on: bool) -> str:
    state = "● on" if is_on else "○ off"
    cell = f"<code>{weakness.control}</code>"
    return (
        f'<tr><td class="state">{state}</td><td>{escape(weakness.title)}<br><code>{weakness.id}</code></td>'
        f"<td>{escape(weakness.what)}</td><td>{weakness.at.replace('-', ' ')}</td><td>{cell}</td></tr>"
    )
