"""What a page's markup, as the browser holds it after opening, would do that was not seen happening.

Read from a DOMSnapshot (Chrome DevTools Protocol): frames, shadow trees and what scripts changed are in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import msgspec

from bartizan.core.errors import printable

_ASKED_BY_ITSELF = frozenset({"dns-prefetch", "icon", "manifest", "preconnect", "prefetch", "preload", "prerender"})
"""Kinds of <link> that make a browser contact a host though no route sees it, or only some browsers do."""
_LOADS = frozenset({"onload", "onerror", "oncanplay", "onloadeddata", "onloadstart", "onplay"})
_REFRESH = re.compile(r"^[\s\d.]*[;,\s]\s*(?:url\s*=\s*)?[\"']?([^\"'\s>]+)", re.IGNORECASE)


class PageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the markup holds."""

    answered: bool = True
    """False where the page could not be asked."""
    requested: list[str] = []
    """Addresses that are contacted without a click."""
    links: list[str] = []
    """Addresses behind links and forms, and handlers that wait for a person."""
    would_run_on_load: list[str] = []
    """Handlers that run when a foreign address answers: ours refused, an attacker's will not."""


def page_facts(snapshot: dict[str, Any]) -> PageFacts:
    """The facts of a DOMSnapshot.captureSnapshot answer."""
    facts = PageFacts()
    strings: list[str] = snapshot["strings"]
    for document in snapshot["documents"]:
        base = _text(strings, document["baseURL"])
        for name, attributes in _elements(document["nodes"], strings):
            _read(name, attributes, base, facts)
    return facts


def _elements(nodes: dict[str, Any], strings: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    for name, pairs in zip(nodes["nodeName"], nodes["attributes"], strict=True):
        if pairs:
            words = [_text(strings, one) for one in pairs]
            yield _text(strings, name).lower(), dict(zip((w.lower() for w in words[::2]), words[1::2], strict=True))


def _text(strings: list[str], index: int) -> str:
    return strings[index] if index >= 0 else ""


def _read(name: str, has: dict[str, str], base: str, facts: PageFacts) -> None:
    """One element's part of the facts."""
    if name == "link" and set(has.get("rel", "").lower().split()) & _ASKED_BY_ITSELF and has.get("href"):
        facts.requested.append(_address(base, has["href"]))
    if name == "meta" and has.get("http-equiv", "").strip().lower() == "refresh":
        found = _REFRESH.match(has.get("content", ""))
        if found and not found[1].lower().startswith("javascript:"):  # no browser runs these
            facts.requested.append(_address(base, found[1]))
    for key in _link_keys(name):
        if has.get(key):
            facts.links.append(_address(base, has[key]))
    foreign = any(_is_foreign(has.get(key, "")) for key in ("src", "href", "data", "srcset"))
    for key, code in has.items():
        if key.startswith("on") and key.isalpha() and code.strip():
            if key in _LOADS and foreign:
                facts.would_run_on_load.append(f"{key} of <{printable(name, 40)}> would run: {printable(code, 200)}")
            else:
                facts.links.append(f"{key} of <{printable(name, 40)}> would run on use: {printable(code, 200)}")


def _link_keys(name: str) -> tuple[str, ...]:
    keys = {"a": ("href", "xlink:href", "ping"), "area": ("href", "ping"), "form": ("action",)}
    return keys.get(name, ("formaction",) if name in {"button", "input"} else ())


def _address(base: str, href: str) -> str:
    try:
        return urljoin(base, re.sub(r"[\t\r\n]", "", href.strip()))
    except ValueError:
        return href


def _is_foreign(address: str) -> bool:
    return bool(re.match(r"\s*(?:[a-z][a-z0-9+.-]*:)?[\\/]{2}", address, re.IGNORECASE))
