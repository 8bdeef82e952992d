"""Where a call sends something: hosts, mail addresses, accounts. What is not plainly one of them is none.

Readers of addresses differ, and attackers live on the difference: what a strict reader cannot read is refused, not
guessed at. Source for hosts that are numbers in disguise: WHATWG URL, section 3.5 (IPv4 parser).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

Kind: TypeAlias = Literal["mail", "host", "account", "text"]
"""``mail``: one or more addresses; ``host``: a URL or a host's name; ``account``: such as an IBAN; ``text``: any other
name of a place, such as a channel."""

_MAIL = re.compile(r"[A-Za-z0-9._%+'=-]{1,64}@((?:[A-Za-z0-9-]{1,63}\.){1,10}[A-Za-z][A-Za-z0-9-]{1,62})")
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.){0,10}[a-z0-9-]{1,63}")
_URL = re.compile(r"(?:https?|wss?|ftps?|gopher|ldaps?|smb|dict)://", re.IGNORECASE)
_ACCOUNT = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}", re.IGNORECASE)
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_NUMBER = re.compile(r"\d[\d.,'_]{0,30}")
_LONGEST = 2_048


def mails_of(text: str) -> tuple[str, ...] | None:
    """Plain mail addresses, parted by commas or semicolons, in lower case; None where anything else stands there."""
    if len(text) > 20 * _LONGEST:
        return None
    parts = [one.strip() for one in re.split("[,;]", text)]
    found = [one.lower() for one in parts if _MAIL.fullmatch(one)]
    return tuple(found) if found and len(found) == len(parts) else None


def host_of(text: str) -> str | None:
    """The host of a http(s) URL or a bare host, in lower case and ASCII; None where it cannot be told for certain."""
    if not 0 < len(text) <= _LONGEST or not text.isprintable() or any(c in text for c in " \\<>\"'`"):
        return None
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, has_user = parts.hostname, "@" in parts.netloc
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or has_user:
        return None
    return _plain_host(host.rstrip("."))


def _plain_host(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        host = host.encode("idna").decode("ascii").lower() if not host.isascii() else host.lower()
    except UnicodeError:
        return None
    last = host.rpartition(".")[2]
    if not _HOST.fullmatch(host) or re.fullmatch(r"\d+|0x[0-9a-f]*", last):
        return None
    return host


def is_inside(host: str) -> bool:
    """Whether a host is one that only this network or machine knows."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global


def is_under(host: str, domains: Iterable[str]) -> bool:
    """Whether a host is one of these; ``*.example.com`` stands for all below example.com and for itself."""
    return any(_is_one(host, one.lower()) for one in domains)


def _is_one(host: str, domain: str) -> bool:
    if domain.startswith("*."):
        return host == domain[2:] or host.endswith(domain[1:])
    return domain in ("*", host)


def domain_of(text: str) -> tuple[str, ...] | None:
    """The hosts that a text names, as mail addresses, a URL or a host; None where it is none of them."""
    if "@" in text and "://" not in text:
        mails = mails_of(text)
        return tuple(one.rpartition("@")[2] for one in mails) if mails is not None else None
    host = host_of(text)
    return (host,) if host is not None else None


def kind_of(text: str) -> Kind | None:
    """Which kind of destination a whole text is; None where it is something else, such as prose.

    A bare host is none: files have names like hosts.
    """
    text = text.strip()
    if not 3 < len(text) <= 20 * _LONGEST:
        return None
    if "@" in text and "://" not in text:
        return "mail" if mails_of(text) is not None else None
    if len(text) <= _LONGEST and _URL.match(text) and " " not in text:
        return "host"
    return "account" if len(text) <= 48 and _ACCOUNT.fullmatch(text) else None


class Words:
    """What some people said, and whether a value stands in it as a word of its own."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    @cached_property
    def _plain(self) -> str:
        return plain("\n".join(self._texts))

    @cached_property
    def _compact(self) -> str:
        return re.sub(r"[\s-]+", "", self._plain)

    @cached_property
    def _numbers(self) -> frozenset[float]:
        return frozenset(n for one in _NUMBER.findall(self._plain) for n in _read_number(one))

    def say(self, value: object, kind: Kind = "text") -> bool:
        """Whether they said it: the address, the host, the account, the number, the words."""
        if isinstance(value, bool) or value is None:
            return True
        if isinstance(value, int | float):
            return float(value) in self._numbers
        text = str(value).strip()
        if kind == "mail":
            mails = mails_of(text)
            return mails is not None and all(_stands(one, self._plain) for one in mails)
        if kind == "host":
            host = host_of(text)
            return host is not None and _stands(host, self._plain)
        if kind == "account":
            compact = re.sub(r"[\s-]+", "", plain(text))
            return len(compact) > 3 and compact in self._compact
        return bool(text) and _stands(plain(text), self._plain)


def plain(text: str) -> str:
    """A text as one compares it: no hidden characters, one form of each letter, no case."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).casefold()


def _stands(token: str, text: str) -> bool:
    """Whether a token is there and is no part of a longer word or address."""
    at = text.find(token)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(token) : at + len(token) + 2]
        joined = before and (before.isalnum() or before in "@._+%-")
        runs_on = after[:1].isalnum() or after[:1] in ("@", "_", "-") or (after[:1] == "." and after[1:2].isalnum())
        if not joined and not runs_on:
            return True
        at = text.find(token, at + 1)
    return False


def _read_number(text: str) -> list[float]:
    """A number as either half of the world writes it."""
    text = text.rstrip(".,'_")
    found = []
    for groups, point in ((",'_", "."), (".'_", ",")):
        read = text
        for one in groups:
            read = read.replace(one, "")
        try:
            found.append(float(read.replace(point, ".")))
        except ValueError:
            continue
    return found
