"""Take out of content what no person would see in it, as it comes in: the control of the weakness hidden_text_kept."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
_MARKDOWN_COMMENT = re.compile(r"^[ ]{0,3}\[[^\]\n]*\]:\s*(?:#|<>)\s*[\"'(].*$", re.MULTILINE)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0*)?(?![.\d])|"
    r"font-size\s*:\s*(?:0|1(?:\.\d+)?px|0?\.\d+)|"
    r"(?<![-\w])color\s*:\s*(?:white|#fff(?:fff)?\b|transparent|rgba?\(\s*255\s*,\s*255\s*,\s*255|rgba\([^)]*,\s*0(?:\.0*)?\s*\))|"
    r"(?:left|top|right|bottom|text-indent|margin-left|margin-top)\s*:\s*-\s*\d{3,}|"
    r"(?<![-\w])(?:height|width|max-height|max-width)\s*:\s*0|clip(?:-path)?\s*:|transform\s*:\s*scale\(\s*0|mso-hide",
    re.IGNORECASE,
)
_DROPPED = frozenset({"script", "style", "template", "noscript", "head", "title", "iframe", "object"})
_VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "source", "wbr", "area", "base", "col", "embed", "track"}
)
_KEPT = frozenset({"href", "src"})
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def visible(text: str) -> str:
    """The text without comments, invisible elements, hidden attributes and characters that do not show."""
    text = _MARKDOWN_COMMENT.sub("", _UNSEEN.sub("", text))
    if "<" not in text:
        return text
    reader = _Visible(_hiding_selectors(text))
    reader.feed(text)
    reader.close()
    return "".join(reader.out)


def _hiding_selectors(text: str) -> frozenset[str]:
    """Classes, ids and elements that style sheets in it hide."""
    sheets = re.findall(r"<style[^>]*>(.*?)</style", text, re.IGNORECASE | re.DOTALL)
    found: set[str] = set()
    for selectors, body in (rule for sheet in sheets for rule in _RULE.findall(sheet)):
        if _HIDING.search(body):
            found.update(one.strip().casefold() for one in selectors.split(","))
    return frozenset(found)


class _Visible(HTMLParser):
    """Writes down what is outside of hidden elements."""

    def __init__(self, hidden: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._hidden = hidden
        self._within: list[str] = []

    def _hides(self, tag: str, attributes: dict[str, str]) -> bool:
        names = {tag, f"#{attributes.get('id', '').casefold()}"}
        names |= {f".{one.casefold()}" for one in attributes.get("class", "").split()}
        names |= {f"{tag}{one}" for one in names if one.startswith((".", "#"))}
        return (
            tag in _DROPPED
            or "hidden" in attributes
            or bool(_HIDING.search(attributes.get("style", "")))
            or attributes.get("color", "").casefold() in {"white", "#fff", "#ffffff"}
            or attributes.get("type", "") == "hidden"
            or bool(names & self._hidden)
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        attributes = {name: value or "" for name, value in attrs}
        if self._within or self._hides(tag, attributes):
            if tag not in _VOID:
                self._within.append(tag)
            return
        kept = "".join(f' {name}="{value}"' for name, value in attributes.items() if name in _KEPT and '"' not in value)
        self.out.append(f"<{tag}{kept}>")

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag in self._within:
            while self._within.pop() != tag:
                pass
        elif not self._within:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self._within:
            self.out.append(data)
