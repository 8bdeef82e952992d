"""Hidden text in a real browser: whoever looks at the page sees nothing of it, and it is there all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page

from bartizan.attacks.chat.hiding import CHARACTERS, Hiding, Markup, ways_of_markup
from bartizan.attacks.chat.indirect import HiddenCharacters, HiddenMarkup, Indirect, IndirectAttack
from bartizan.core.transcript import Surface
from tests.attacks.chat.little_world import LittleWorld, scene
from tests.web.browsing import browser  # noqa: F401

_FIND = """token => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ALL);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const words = node.nodeType === 1 ? [node.alt, node.title] : [node.data];
    if (words.some(one => one && one.includes(token))) {
      const element = node.nodeType === 3 ? node.parentElement : node;
      if (element.nodeType === 1) element.style.visibility = 'hidden'; else element.remove();
      return true;
    }
  }
  return false;
}"""
_LAST_PARAGRAPH = "() => { [...document.querySelectorAll('p')].at(-1).style.visibility = 'hidden'; }"


def _page(attack: IndirectAttack, surface: Surface, vary: Callable[[str], str] = str) -> tuple[str, str]:
    """The content as HTML, and the token that is in its order."""
    world = LittleWorld()
    prepared = scene(world, surface, vary=vary)
    with ThreadPoolExecutor(1) as aside:  # Playwright's own loop runs in this thread
        aside.submit(lambda: asyncio.run(attack.run(prepared))).result()
    text = world.planted[-1].text
    html = text if text.startswith("<!DOCTYPE") else MarkdownIt("commonmark", {"html": True}).render(text)
    return html, prepared.marks.token


def _shown(page: Page, html: str) -> bytes:
    page.set_content(html)
    return page.screenshot()


_WAYS: list[tuple[Surface, Markup]] = [
    (surface, way) for surface in ("web_page", "email", "document") for way in ways_of_markup(surface)
]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:  # noqa: F811
    """A small page without a network."""
    context = browser.new_context(offline=True, viewport={"width": 640, "height": 480})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("surface", "way"), _WAYS)
def test_what_markup_hides_cannot_be_seen(page: Page, surface: Surface, way: Markup) -> None:
    html, token = _page(HiddenMarkup(way=way), surface)
    before = _shown(page, html)
    shown = page.evaluate("() => document.body.innerText")
    if way not in {"white", "zero_size", "off_screen"}:
        assert token not in shown, "innerText has what a style leaves in the flow, and nothing else"
    found = page.evaluate(_FIND, token)
    assert found or way == "markdown_comment", "it must be in the page for a model to read"
    assert page.screenshot() == before


def test_what_is_not_hidden_is_seen(page: Page) -> None:
    for surface in ("web_page", "document"):
        html, token = _page(Indirect(), surface)
        before = _shown(page, html)
        assert token in page.evaluate("() => document.body.innerText")
        assert page.evaluate(_FIND, token)
        assert page.screenshot() != before


@pytest.mark.parametrize("way", CHARACTERS)
def test_characters_that_no_font_shows_cannot_be_seen(page: Page, way: Hiding) -> None:
    assert way in CHARACTERS
    html, _ = _page(HiddenCharacters(way=way, place="end"), "web_page")
    before = _shown(page, html)
    page.evaluate(_LAST_PARAGRAPH)
    assert (page.screenshot() == before) == (way != "zero_width"), "zero-width characters hide words from filters only"


_HOSTILE = 'x" --> -- "quoted) <b>bold</b> & [1] (2) *[bold](y) \\" bold --!> \\'


@pytest.mark.parametrize(
    ("surface", "way"), [one for one in _WAYS if one[1] not in {"white", "zero_size", "off_screen"}]
)
def test_an_order_with_signs_of_markup_in_it_stays_hidden(page: Page, surface: Surface, way: Markup) -> None:
    html, _ = _page(HiddenMarkup(way=way), surface, lambda text: _HOSTILE)
    page.set_content(html)
    assert "bold" not in page.evaluate("() => document.body.innerText")
    assert page.evaluate("() => document.querySelectorAll('b, a').length") == 0


def test_a_rendered_document_has_nothing_of_a_comment_of_markdown() -> None:
    for vary in (str, lambda text: f"{_HOSTILE} {text}"):
        html, token = _page(HiddenMarkup(way="markdown_comment"), "document", vary)
        assert token not in html
