"""What types cannot tell about the settings of watching: for whoever reads gateway.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bartizan.gateway.settings import Settings

Place = tuple[str | int, ...]


def watching_faults(settings: Settings) -> Iterator[tuple[Place, str, str]]:
    """(place, finding, fix) of each thing that is wrong with events, alerts and tracing."""
    events = settings.events
    places = [
        (("events", "content_key"), events.content_key),
        (("events", "seal_key"), events.seal_key),
        (("alerts", "webhook_key"), settings.alerts.webhook_key),
    ]
    for place, given in places:
        if given and not given.startswith(("env:", "file:")):
            yield place, "a key does not stand in this file", "use env:NAME or file:PATH"
    if events.content == "encrypted" and not events.content_key:
        yield ("events", "content"), "encrypted content needs a key", "set events.content_key"
    if events.content == "encrypted" and not events.folder:
        yield ("events", "content"), "content has no place to be kept", "set events.folder"
    if not 1 <= events.retention_days <= 36_500:
        yield ("events", "retention_days"), f"content is kept for 1 to 36500 days, not {events.retention_days}", ""
    if not 0 <= events.keep_days <= 36_500:
        yield ("events", "keep_days"), f"events are kept for 0 to 36500 days, not {events.keep_days}", ""
    if events.folder and Path(events.folder).exists() and not Path(events.folder).is_dir():
        yield ("events", "folder"), "there is a file here, and no folder", "name another place"
    yield from _alerts(settings)
    yield from _addresses(settings)


def _alerts(settings: Settings) -> Iterator[tuple[Place, str, str]]:
    names = [one.name for one in settings.alerts.rules]
    for i, rule in enumerate(settings.alerts.rules):
        if rule.name in names[:i]:
            yield ("alerts", "rules", i, "name"), "there are two alerts of this name", "give it another"
        if not rule.above >= 0:
            yield ("alerts", "rules", i, "above"), "an alert fires above 0 or more", ""
        if not 1 <= rule.within <= 86_400:
            yield ("alerts", "rules", i, "within"), "an alert counts over 1 to 86400 seconds", ""


def _addresses(settings: Settings) -> Iterator[tuple[Place, str, str]]:
    for place, address in (
        (("alerts", "webhook"), settings.alerts.webhook),
        (("tracing", "endpoint"), settings.tracing.endpoint),
    ):
        if address and not _is_address(address):
            yield place, "this is no address", "write http(s)://HOST[:PORT]/PATH, without a password"
    if not 0.0 <= settings.tracing.share <= 1.0:
        yield ("tracing", "share"), f"a share is from 0 to 1, not {settings.tracing.share}", ""


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        return False
