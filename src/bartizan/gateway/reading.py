"""Reading gateway.yaml: every problem of the file at once, each at its line, before anything is opened."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bartizan.controls.chat.post import PostSettings
from bartizan.controls.chat.registry import chat_guard_names, chat_guard_type
from bartizan.core.errors import InputError, Problem, nearest, printable
from bartizan.core.shape import faults_of
from bartizan.core.source import Document, PathKey, parse_yaml, read_yaml
from bartizan.gateway.events.faults import watching_faults
from bartizan.gateway.policy import OFF, POST_FIELDS, post_of
from bartizan.gateway.settings import Settings

_NO_GUARDS = {
    "monitor_use": "it is no guard: each exchange is written down by what stands below events, alerts and log"
}
"""Controls that the gateway carries out without a guard, and what to set in place of one."""


def read_settings(file: str | Path) -> Settings:
    """The settings of a file. Raises InputError with all of its problems."""
    return settings_of(read_yaml(file))


def parse_settings(text: str, file: str = "gateway.yaml") -> Settings:
    """The same of a text. Raises InputError."""
    return settings_of(parse_yaml(text, file))


def settings_of(document: Document) -> Settings:
    """The settings of a document. Raises InputError with all of its problems."""
    faults = faults_of(document, document.data, Settings)
    problems = [one.problem for one in faults]
    data = document.data if isinstance(document.data, Mapping) else {}
    problems += _guards(document, data.get("guards"), ("guards",))
    policies = data.get("policies")
    for i, policy in enumerate(policies if isinstance(policies, list) else []):
        if isinstance(policy, Mapping):
            problems += _guards(document, policy.get("guards"), ("policies", i, "guards"))
    if problems:
        raise InputError(problems)
    settings = msgspec.convert(document.data, Settings, strict=True)
    problems = [*_wiring(document, settings), *_addresses(document, settings)]
    if problems:
        raise InputError(problems)
    return settings


def _guards(document: Document, given: Any, at: PathKey) -> Iterator[Problem]:
    """What is wrong with guards: their names, and their settings."""
    if not isinstance(given, Mapping):
        return
    for name, settings in given.items():
        place = (*at, name)
        if name not in chat_guard_names():
            fix = _NO_GUARDS.get(name) or nearest(str(name), chat_guard_names())
            yield document.problem(place, f"unknown guard '{printable(str(name), 80)}'", fix)
        elif settings in OFF or settings is None:
            continue
        elif not isinstance(settings, Mapping):
            yield document.problem(place, "a guard has settings, or is 'off'", "write its settings below it, or {}")
        else:
            yield from _guard(document, name, settings, place)


def _guard(document: Document, name: str, settings: Mapping[str, Any], place: PathKey) -> Iterator[Problem]:
    fields = [one.encode_name for one in msgspec.structs.fields(chat_guard_type(name))]
    own = {k: v for k, v in settings.items() if k in fields}
    post = {k: v for k, v in settings.items() if k in POST_FIELDS}
    unknown = [k for k in settings if k not in own and k not in post]
    for key in unknown:
        fix = nearest(str(key), (*fields, *POST_FIELDS))
        yield document.problem((*place, key), f"unknown key '{printable(str(key), 80)}'", fix)
    faults = [*faults_of(document, own, chat_guard_type(name), place), *faults_of(document, post, PostSettings, place)]
    yield from (one.problem for one in faults)
    if faults or unknown:
        return
    try:
        made = post_of(name, settings)
    except (msgspec.ValidationError, ValueError) as error:
        yield document.problem(place, str(error))
        return
    for field, finding in made.guard.faults().items():
        yield document.problem((*place, field) if field in own else place, finding)
    if not 0.0 <= made.share <= 1.0:
        yield document.problem((*place, "share"), f"a share is from 0 to 1, not {made.share}")
    if made.seconds <= 0:
        yield document.problem((*place, "seconds"), "a guard needs some time")


def _wiring(document: Document, settings: Settings) -> Iterator[Problem]:
    """Whether each model has upstreams, and each upstream an address."""
    if not settings.models:
        yield document.problem(("models",), "no model is named, so nothing can be asked", "name one, or '*'")
    for name, model in settings.models.items():
        if not model.upstreams:
            yield document.problem(
                ("models", name), f"nobody answers for '{printable(name, 80)}'", "name its upstreams"
            )
        for i, upstream in enumerate(model.upstreams):
            if upstream not in settings.upstreams:
                fix = nearest(upstream, settings.upstreams)
                yield document.problem(
                    ("models", name, "upstreams", i), f"unknown upstream '{printable(upstream, 80)}'", fix
                )
    for name, spec in settings.upstreams.items():
        parts = urlsplit(spec.url)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.username
            or parts.query
            or parts.fragment
        ):
            yield document.problem(("upstreams", name, "url"), "an upstream's url is http(s)://HOST[:PORT][/PATH]")
        if spec.key and not spec.key.startswith(("env:", "file:")):
            yield document.problem(
                ("upstreams", name, "key"), "a key does not stand in this file", "use env:NAME or file:PATH"
            )
    names = [one.name for one in settings.policies]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield document.problem(("policies", i, "name"), f"there are two policies named '{printable(name, 80)}'")


def _addresses(document: Document, settings: Settings) -> Iterator[Problem]:
    """Whether what is open to others asks who they are."""
    for path, address in ((("listen",), settings.listen), (("admin", "listen"), settings.admin.listen)):
        if address and _host(address) is None:
            yield document.problem(path, f"'{printable(address, 80)}' is no HOST:PORT", "such as 127.0.0.1:8420")
    host = _host(settings.listen)
    if host is not None and not is_loopback(host) and not settings.guards.get("model_access_control"):
        finding = "others can reach this address, and nobody is asked who they are"
        yield document.problem(("listen",), finding, "add the guard model_access_control, or listen on 127.0.0.1")
    admin = _host(settings.admin.listen) if settings.admin.listen else None
    if admin is not None and not is_loopback(admin) and not settings.admin.key:
        yield document.problem(("admin", "listen"), "others can reach the admin address without a key", "set admin.key")
    for place, finding, fix in watching_faults(settings):
        yield document.problem(place, finding, fix)
    if settings.workers > 1 and not settings.redis:
        fix = "set redis, or workers: 1"
        yield document.problem(("workers",), "several workers need a shared state, or each counts for itself", fix)
    if (settings.workers > 1 or settings.redis) and not settings.secret:
        fix = "set secret, to env:NAME or file:PATH of 32 random bytes or more"
        yield document.problem(("secret",), "workers that share a state need a shared secret for their keys", fix)


def _host(address: str) -> str | None:
    host, colon, port = address.rpartition(":")
    return host.strip("[]") if colon and host and port.isdigit() and int(port) < 65536 else None


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
