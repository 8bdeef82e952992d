"""Addresses of the Internet: mail, hosts, network cards; and passwords within links."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.people import named
from bartizan.detectors.sensitive.reading import Reading
from bartizan.detectors.sensitive.rule import Rule, last_end

EMAIL = Rule(
    kind="email",
    name="email",
    alone=0.97,
    finds=(
        "write to «anna.berg@firma-berg.de».",
        "<«o'neil+tag@mail.example.co.uk»>",
        "mailto:«x_1@a.io»?subject=hi",
        "«jörg@müller.de»",
    ),
    passes=(
        "a@b",
        "@anna",
        "git@github.com:org/repo.git",
        "pip install x@1.2.3",
        "a@@b.de",
        "name@.de",
        "user@localhost",
    ),
)
IP = Rule(
    kind="ip_address",
    name="ip_address",
    alone=0.85,
    finds=(
        "from «203.0.113.77» at",
        "host=«10.1.2.3»:8080",
        "«2001:db8:85a3::8a2e:370:7334»",
        "[«fe80::1ff:fe23:4567:890a»]",
    ),
    passes=(
        "127.0.0.1",
        "1.2.3",
        "version 1.2.3.4",
        "300.1.2.3",
        "1.2.3.4.5",
        "10:15:00",
        "a::b",
        "std::vec",
        "::1",
        "0.0.0.0",  # noqa: S104
    ),
)
MAC = Rule(
    kind="mac_address",
    name="mac_address",
    alone=0.95,
    finds=("mac «00:1B:44:11:3A:B7»", "«00-1b-44-11-3a-b7»"),
    passes=("00:1B:44:11:3A", "10:15:00:11:22:33:44", "00:1B:44:11:3A:B7:11:22"),
)
LINK = Rule(
    kind="url_password",
    name="url_password",
    alone=0.98,
    finds=(
        "postgres://app:«s3cr3t»@db:5432/x",
        "DSN https://«deadbeef»@sentry.io/1".replace("«deadbeef»", "u:«deadbeef»"),
    ),
    passes=("https://example.com/a:b@c", "postgres://app@db/x", "https://user:@host", "amqp://u:${PASSWORD}@h"),
)
OWNER = Rule(
    kind="name",
    name="name_of_mail",
    alone=0.85,
    finds=("From: «Anna van der Berg» <anna@firma-berg.de>", 'to "«John Smith»" <js@acme.io>'),
    passes=("From: Customer Support <help@acme.io>", "see <anna@firma-berg.de>"),
)
_OWNER = re.compile(r"(?:\A|[\n:,;\"<] ?)([^\W\d_][^\n:,;\"<>@]{2,50}?)\"? <\Z")
_LOCAL = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-'äöüßéèáíóúñçÄÖÜÉàâêîôûåøæ"
_DOMAIN = re.compile(r"(?:[^\W_](?:[^\W_]|-){0,62}\.){1,6}(?:[^\W\d_]{2,24}|xn--[a-z0-9]{2,20})(?![\w-])")
_OCTETS = re.compile(rb"0\.0{1,3}\.0{1,3}\.0{1,3}")
_COLONS = re.compile(rb":[0Aa]{0,4}:")
_HEX_SIX = re.compile(r"[0-9A-Fa-f]{4}(?::[0-9A-Fa-f]{1,4}){7}|[0-9A-Fa-f:]{3,39}")
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:][0-9A-Fa-f]{2}){5}(?![\w:-])|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}(?![\w:-])")
_DASHES = re.compile(rb"-[0Aa]{2}-[0Aa]{2}-[0Aa]{2}-[0Aa]{2}-")
_VERSION = ("version", "v", "ver", "release", "build", "section", "chapter", "rev")
_HOST = (
    "ip",
    "host",
    "addr",
    "from",
    "client",
    "server",
    "inet",
    "ping",
    "ssh",
    "http",
    "peer",
    "remote",
    "source",
    "dst",
    "src",
)
_HOLE = re.compile(r"[$<{\[%*]|xxx|password|passwd|secret|pass\Z|\.\.\.")
"""What stands where a password would be in a template."""


def emails(reading: Reading) -> Iterator[Sensitive]:
    """Around each @: as much as an address may have, and a domain with a dot (RFC 5321, without quoted names)."""
    text, at = reading.text, reading.text.find("@")
    while at >= 0:
        head = text[max(0, at - 65) : at]
        local = head[len(head.rstrip(_LOCAL)) :].lstrip(".-+%'")
        domain = _DOMAIN.match(text, at + 1) if local and not local.endswith(".") and len(local) < 65 else None
        start = at - len(local)
        if (
            domain
            and local != "git"
            and not (start and text[start - 1] in ":@" and "//" in text[max(0, start - 40) : start])
        ):
            yield Sensitive(kind="email", start=start, end=domain.end(), score=EMAIL.alone, rule=EMAIL.name)
            yield from _owner(text, start)
        at = text.find("@", at + 1)


def _owner(text: str, start: int) -> Iterator[Sensitive]:
    """The name that stands before an address in brackets (RFC 5322, section 3.4)."""
    owner = _OWNER.search(text[max(0, start - 60) : start]) if text[start - 1 : start] == "<" else None
    if owner:
        begin = max(0, start - 60) + owner.start(1)
        if named(text, begin, least=2) == begin + len(owner[1]):
            yield Sensitive(kind="name", start=begin, end=begin + len(owner[1]), score=OWNER.alone, rule=OWNER.name)


def addresses(reading: Reading) -> Iterator[Sensitive]:
    """Internet addresses of both versions; not those of the machine itself, and not what a word calls a version."""
    shape, text = reading.shape, reading.text
    for match in _OCTETS.finditer(shape):
        start, end = match.start(), match.end()
        while start and match.start() - start < 3 and shape[start - 1] == 48:
            start -= 1
        if _is_edge(shape, start, end) and _is_host(text[start:end]) and not _is_version(reading, start):
            yield Sensitive(kind="ip_address", start=start, end=end, score=IP.alone, rule=IP.name)


def _is_edge(shape: bytes, start: int, end: int) -> bool:
    before, after = shape[max(0, start - 1) : start], shape[end : end + 2]
    return (
        before not in {b"0", b"A", b"a", b".", b"_", b"-"}
        and after[:1] not in {b"0", b"A", b"a", b"_"}
        and after != b".0"
    )


def _is_host(text: str) -> bool:
    parts = text.split(".")
    is_form = all(int(one) < 256 and (one == "0" or one[0] != "0") for one in parts)
    return is_form and parts[0] not in {"0", "127", "255"}


def _is_version(reading: Reading, start: int) -> bool:
    before = reading.before(start, 20)
    if last_end(_VERSION, before[-14:]) >= 0 or before.endswith(("==", "~=", ">=", "<=", "^")):
        return True
    parts = reading.text[start : start + 15].split(".")
    is_small = parts[0] != "10" and all(one.isdigit() and int(one) < 30 for one in parts[:3])
    return is_small and last_end(_HOST, before) < 0


def colons(reading: Reading) -> Iterator[Sensitive]:
    """Network cards, and Internet addresses of version 6 (RFC 4291): where two colons stand near each other."""
    shape, text, until = reading.shape, reading.text, 0
    places = [match.start() for match in _COLONS.finditer(shape)]
    dashes = [match.start() for match in _DASHES.finditer(shape)]
    for at in sorted(places + dashes) if dashes else places:
        start = at
        while start > until and at - start < 4 and shape[start - 1] in b"0Aa":
            start -= 1
        if start < until or (start and shape[start - 1] in b"0Aa_:.-"):
            continue
        card = _MAC.match(text, start)
        if card:
            yield Sensitive(kind="mac_address", start=start, end=card.end(), score=MAC.alone, rule=MAC.name)
            until = card.end()
            continue
        six = _HEX_SIX.match(text, start)
        if six and _is_six(six[0]) and shape[six.end() : six.end() + 1] not in {b"a", b"A", b"_", b"0"}:
            yield Sensitive(kind="ip_address", start=start, end=six.end(), score=IP.alone, rule=IP.name)
            until = six.end()


def _is_six(text: str) -> bool:
    parts = text.split(":")
    filled = [one for one in parts if one]
    if any(len(one) > 4 for one in parts) or not any(one.isdigit() or len(one) > 1 for one in filled):
        return False
    if "::" in text:
        return text.count("::") == 1 and ":::" not in text and 3 <= len(filled) <= 7
    return len(filled) == 8 == len(parts)


_LINK = re.compile(r"://[^\s/@:'\"<>]{0,64}:([^\s/@'\"<>]{1,128})@[\w.\[-]")


def links(reading: Reading) -> Iterator[Sensitive]:
    """The password within a link or a connection string (RFC 3986, section 3.2.1), and nothing else of it."""
    text, at = reading.text, reading.text.find("://")
    while at >= 0:
        match = _LINK.match(text, at)
        if match and not _HOLE.search(match[1].lower()):
            yield Sensitive(
                kind="url_password", start=match.start(1), end=match.end(1), score=LINK.alone, rule=LINK.name
            )
        at = text.find("://", at + 3)
