"""Each sink's guarantee, by that place's own parser."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import random
import re
import shlex
import subprocess

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bartizan.controls.chat.encode_model_output import EncodeModelOutput
from bartizan.controls.chat.encode_model_output.characters import UNSEEN
from bartizan.controls.chat.encode_model_output.policy import Addresses
from bartizan.controls.chat.encode_model_output.sinks import Sink, encoded, rewriter
from bartizan.controls.chat.pipeline import Blocked
from bartizan.controls.chat.verdict import Edit
from bartizan.detectors import rendering, shell, sql, terminal
from bartizan.detectors.browser import Chromium, chromium_path
from bartizan.detectors.csv_formula import is_formula
from tests.controls.chat.asking import answered, call, exchange, user, watching
from tests.controls.chat.encode_model_output.test_markdown import ATTACKS

ADDRESSES = Addresses(links=("ok.example",), images=("img.example",))
SINKS: tuple[Sink, ...] = msgspec.inspect.type_info(Sink).values  # type: ignore[attr-defined]
SIGNS = (
    *(
        "'",
        '"',
        "\\",
        ";",
        "`",
        "$(id)",
        "| sh",
        "\n",
        "\r",
        "\r\n",
        "=1+1",
        "@SUM(A1)",
        "-",
        "+",
        "\t",
        " ",
        "' OR 1=1 --",
        "/*",
    ),
    *(
        "<",
        ">",
        "</script>",
        "<script>alert(1)</script>",
        "&lt;",
        "&",
        "<b>",
        "</b>",
        "<i",
        "\x1b[31m",
        "\x1b]0;t\x07",
        "\x9b2J",
    ),
    *(
        "\x1b",
        "\x00",
        "\u202e",
        "\u200b",
        "\U000e0041",
        "\ufe0f\ufe0e",
        "\ud800",
        "\u2028",
        "x",
        "word ",
        "ａ",
        "＝1",
        "cmd|' /C calc'!A0",
    ),
    *(
        "<a href='javascript:alert(1)'>",
        '<img src="https://evil.example/">',
        "<svg onload=alert(1)>",
        "<p onclick=x>",
        "</div>",
        "<table>",
    ),
)
TEXTS = st.lists(st.sampled_from(SIGNS), max_size=14).map("".join)


@pytest.mark.parametrize("sink", SINKS)
@settings(max_examples=60)
@given(text=TEXTS, seed=st.integers(0, 99))
def test_pieces_give_what_the_whole_gives(sink: Sink, text: str, seed: int) -> None:
    rng, at = random.Random(seed), 0
    made = rewriter(sink, ADDRESSES)
    edits: list[Edit] = []
    cleared = 0
    while at < len(text):
        size = rng.choice((1, 2, 5))
        progress = made.feed(text[at : at + size])
        at = min(at + size, len(text))
        assert cleared <= progress.cleared <= at
        assert all(cleared <= one.start <= one.end <= progress.cleared for one in progress.edits)
        cleared, edits = progress.cleared, [*edits, *progress.edits]
    edits += made.flush().edits
    out, at = "", 0
    for one in edits:
        out, at = out + text[at : one.start] + one.text, one.end
    assert out + text[at:] == encoded(text, sink, ADDRESSES)


@given(TEXTS)
def test_sql_a_value_stays_one_literal(text: str) -> None:
    made = encoded(text, "sql_parameter", ADDRESSES)
    assert not sql.breakout(made, ("SELECT id FROM t WHERE name = '{value}' AND owner = 7 ORDER BY id",))
    for literal in (made.replace("''", ""), re.sub(r"\\.", "", made.replace("''", ""), flags=re.DOTALL)):
        assert "'" not in literal


@given(TEXTS)
@example("a'b")
def test_shell_a_value_is_one_word_and_nothing_runs(text: str) -> None:
    made = encoded(text, "shell_argument", ADDRESSES)
    assert not shell.breakout(made, ("ping -c 1 {value}",))
    assert len(shlex.split(made)) == 1


def test_shell_a_value_reaches_the_program_as_it_was() -> None:
    text = 'it\'s; $(id) `id` "x" \\ \n| cat'
    made = encoded(text, "shell_argument", ADDRESSES)
    assert subprocess.run(["sh", "-c", f"printf %s {made}"], capture_output=True, check=True).stdout.decode() == text


@given(TEXTS)
@example("=1+1")
@example(" \t=1+1")
@example("")
def test_csv_a_value_is_one_cell_and_no_formula(text: str) -> None:
    made = encoded(text, "csv_cell", ADDRESSES)
    [row] = csv.reader(io.StringIO(f"a,{made},b\r\n", newline=""))
    assert len(row) == 3
    assert not is_formula(row[1])
    assert row[1][:1] not in {"=", "+", "-", "@", "\t", "\r"}


@given(TEXTS)
def test_terminal_nothing_commands_it(text: str) -> None:
    made = encoded(text, "terminal", ADDRESSES)
    assert not terminal.command(made)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", made)


@given(TEXTS)
def test_json_a_value_stays_one_string_also_in_a_script(text: str) -> None:
    made = encoded(text, "json_string", ADDRESSES)
    read = json.loads(f'"{made}"')
    assert read == re.sub("[\ud800-\udfff]", "\ufffd", re.sub("[\U000e0000-\U000e007f]+", "", text))
    assert not set("<>&'\u2028") & set(made)


@given(TEXTS)
@example("\ufe0f\ufe0e\x1b\ufe0f\ufe0e")
def test_plain_nothing_is_there_that_is_not_seen(text: str) -> None:
    made = encoded(text, "plain", ADDRESSES)
    assert not UNSEEN.findall(made)
    made.encode()


def test_plain_leaves_what_languages_and_pictures_need() -> None:
    scotland = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    text = f"naïve Straße 日本語 می\u200cخواهم 👩\u200d💻 ❤️ {scotland}\n\tdone"
    assert encoded(text, "plain", ADDRESSES) == text


def test_html_what_is_allowed_stays_and_elements_are_closed() -> None:
    text = '<p>Hi <b>there<i> <a href="https://ok.example/?a=1&amp;b=2" onclick=x title=y>link</a></b></div><br>'
    made = encoded(text, "html_fragment", ADDRESSES)
    link = '<a href="https://ok.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">link</a>'
    assert made == f"<p>Hi <b>there<i> {link}</i></b><br></p>"


def test_html_scripts_and_styles_go_with_all_they_hold() -> None:
    text = "a<script>let x = '<b>';</script>b<style>p {color: red}</style>c<svg><p>d</p></svg>e"
    assert encoded(text, "html_fragment", ADDRESSES) == "abce"


HTML = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/x.png'>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<a href='java&#10;script:alert(1)'>x</a><a href=' javascript:alert(1)'>x</a><a href=//evil.example>x</a>",
    "<p style='background:url(https://evil.example)'>x</p><style>@import 'https://evil.example'</style>",
    "<link rel=stylesheet href=https://evil.example><meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action=https://evil.example><button>x</button></form><base href=https://evil.example>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<b <script>alert(1)</script>>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<p title='<img src=x onerror=alert(1)>'>x</p>",
    "<<img src=x onerror=alert(1)>",
    "<img\x00 src=x onerror=alert(1)><\u200bimg src=x onerror=alert(1)>",
    "<video><source onerror=alert(1) src=https://evil.example></video><audio src=https://evil.example autoplay>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<img src=https://img.example/ok.png alt='\"><script>alert(1)</script>'>",
    "<template><img src=x onerror=alert(1)></template><textarea></textarea><img src=x onerror=alert(1)>",
)


@pytest.mark.skipif(os.environ.get("CI") != "true" and chromium_path() is None, reason="there is no Chromium")
def test_in_a_browser_nothing_runs_and_nothing_is_asked_of_a_host_that_is_not_allowed() -> None:
    pages: dict[str, str] = {}
    for sink in ("html", "html_fragment"):
        pages[sink] = "".join(f"<div>{encoded(one, sink, ADDRESSES)}</div>\n" for one in (*HTML, *ATTACKS))
    pages["attribute"] = "".join(f'<div title="{encoded(one, "html", ADDRESSES)}">x</div>' for one in HTML)
    pages["markdown"] = "".join(
        rendering.markup(encoded(one, "markdown", ADDRESSES), "markdown") for one in (*ATTACKS, *HTML)
    )
    raw = "".join(f"<div>{one}</div>" for one in HTML[1:3])

    async def opened() -> None:
        async with Chromium() as browser:
            plain = await browser.open(raw)
            assert plain.executed
            assert any("evil.example" in one for one in plain.requested)
            for name, page in pages.items():
                seen = await browser.open(page)
                assert not seen.executed, name
                assert all(one.startswith("https://img.example/") for one in seen.requested), (name, seen.requested)
                assert all(
                    one.startswith("https://ok.example") for one in seen.links if "would run" in one or ":" in one
                ), (
                    name,
                    [one for one in seen.links if not one.startswith("https://ok.example")],
                )

    asyncio.run(opened())


def test_the_guard_encodes_answers_and_the_arguments_that_are_declared() -> None:
    guard = EncodeModelOutput(sink="html", calls={"run_sql": {"name": "sql_parameter"}})

    async def asked() -> None:
        assert await answered(guard, user("hi"), text="<b>") == "&lt;b&gt;"
        watch = watching(guard, exchange(user("hi")))
        passed = await watch.called(call("run_sql", '{"name": "O\'Hara", "limit": 5, "note": "it\'s"}'))
        assert passed is not None
        assert json.loads(passed.text) == {"name": "O''Hara", "limit": 5, "note": "it's"}
        other = await watch.called(call("other", '{"name": "O\'Hara"}'))
        assert other is not None
        assert other.text == '{"name": "O\'Hara"}'
        with pytest.raises(Blocked):
            await watch.called(call("run_sql", '{"name": "O\'Ha'))

    asyncio.run(asked())


def test_a_policy_may_not_allow_addresses_that_run_script() -> None:
    assert EncodeModelOutput(addresses=Addresses(schemes=("javascript",))).faults()
    assert EncodeModelOutput(addresses=Addresses(links=("https://ok.example",))).faults()
    assert not EncodeModelOutput(addresses=ADDRESSES).faults()
