"""What becomes of an answer on its way to whoever asked: encoded, and without addresses of strangers; or as it is."""

from __future__ import annotations

import re

from bartizan.playground.weaknesses import Switches

HOME = "larch.example"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?")
_LINK = re.compile(r"\[([^\]]*)\]\(\s*<?([^)>\s]*)>?[^)]*\)")
_REFERENCE = re.compile(r"^[ ]{0,3}\[([^\]\n]+)\]:\s*<?(\S+?)>?(?:\s.*)?$", re.MULTILINE)
_BARE = re.compile(r"<?(?<![\w:/])(?:[a-z][a-z0-9+.-]{1,20}:)?//[^\s<>\"')\]]+>?|\bwww\.[^\s<>\"')\]]+", re.IGNORECASE)
_SCHEME = re.compile(r"\b(?:javascript|data|vbscript|file)\s*:", re.IGNORECASE)
_LOADS = re.compile(
    r"<[^>]*(?:src|href|srcset|poster|background|action|style|content|data)\s*=[^>]*>|<(?:style|link|meta|base)\b[^>]*>",
    re.IGNORECASE,
)
_HTML = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "`": "&#96;",
    "$": "&#36;",
    "\\": "&#92;",
    "|": "&#124;",
    "{": "&#123;",
}
_FORMULA = re.compile(r"^(\s*)([=+@])|^(\s*)(-)(?=[\w(=+@])", re.MULTILINE)
_QUOTE = re.compile(r"(?<![A-Za-z])'|'(?![A-Za-z])|\"")


def delivered(text: str, switches: Switches) -> str:
    """The answer as the page gets it."""
    if "remote_images" not in switches.on:
        text = without_strangers(text)
    return text if "raw_output" in switches.on else encoded(text)


def without_strangers(text: str) -> str:
    """Without pictures, links and addresses of other hosts than the shop's."""
    text = _LOADS.sub(lambda found: found[0] if not _is_strange(found[0]) else "", text)
    text = _IMAGE.sub("(picture taken out)", text)
    text = _LINK.sub(lambda found: found[0] if _is_home(found[2]) else found[1], text)
    text = _REFERENCE.sub(lambda found: found[0] if _is_home(found[2]) else "", text)
    text = _BARE.sub(_kept_address, text)
    return _SCHEME.sub("(address taken out)", text)


def _kept_address(found: re.Match[str]) -> str:
    return found[0] if _is_home(found[0].strip("<>").rstrip(".,;:!?")) else "(address taken out)"


def _is_home(address: str) -> bool:
    found = re.fullmatch(r"(?:https?:)?//([a-z0-9.-]+)(?:[/?#].*)?", address, re.IGNORECASE)
    return found is not None and (found[1].casefold() == HOME or found[1].casefold().endswith(f".{HOME}"))


def _is_strange(tag: str) -> bool:
    return any(not _is_home(one.strip("<>")) for one in _BARE.findall(tag)) or bool(re.search(r"url\(|@import", tag))


def encoded(text: str) -> str:
    """With every character encoded that means something to a browser, a terminal, a shell or a spreadsheet."""
    text = "".join(_HTML.get(sign, sign) for sign in _CONTROL.sub("", text).replace(";", ","))  # it ends a command
    text = _QUOTE.sub(lambda found: f"&#{ord(found[0])};", text)
    return _FORMULA.sub(lambda found: f"{found[1] or found[3] or ''}&#{ord(found[2] or found[4])};", text)
