"""How messages leave: by mail, by a webhook. Only administrators say so; the passwords are in the environment."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from bartizan.core.errors import Conflict, InputError, Problem
from bartizan.register import outbox, settings
from bartizan.register.change import Change
from bartizan.register.opening import Register
from bartizan.register.outbox import Waiting
from bartizan.register.rows import Reader
from bartizan.workflows.access import Person, require

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[A-Za-z0-9.\-]{1,255}")

_LONGEST_URL = 2000


class Mail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How mail leaves."""

    host: str
    port: int = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    """`none` is for a server on this machine."""
    sender: str
    user: str = ""
    """Who logs in there; empty for nobody. The password is in BARTIZAN_SMTP_PASSWORD."""
    link: str = ""
    """Where the web application is, to be named in mails."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where events are posted to."""

    url: str


class Channels(msgspec.Struct, frozen=True, kw_only=True):
    """Every way by which messages leave."""

    mail: Mail | None = None
    webhook: Webhook | None = None


def mail_settings(connection: Reader) -> Mail | None:
    """How mail leaves; None where nobody said."""
    text = settings.read(connection, "mail")
    return msgspec.json.decode(text, type=Mail) if text else None


def webhook_settings(connection: Reader) -> Webhook | None:
    """Where events are posted to; None where nobody said."""
    text = settings.read(connection, "webhook")
    return msgspec.json.decode(text, type=Webhook) if text else None


def set_mail(change: Change, wanted: Mail | None) -> None:
    """Say how mail leaves; None for not at all. Raises InputError with all that is wrong."""
    if wanted is not None:
        _check_mail(wanted)
    settings.write(change, "mail", msgspec.json.encode(wanted, order="sorted").decode() if wanted else "")


def set_webhook(change: Change, wanted: Webhook | None) -> None:
    """Say where events are posted to; None for nowhere. Raises InputError."""
    if wanted is not None and not _is_web(wanted.url):
        fix = "give an address that begins with https://, without a name or password in it"
        raise InputError([Problem(file="url", finding="this is no address of a webhook", fix=fix)])
    settings.write(change, "webhook", msgspec.json.encode(wanted).decode() if wanted else "")


def _check_mail(wanted: Mail) -> None:
    problems = []
    if not re.fullmatch(r"[A-Za-z0-9.\-:]{1,255}", wanted.host):
        problems.append(Problem(file="host", finding="this is no name of a server", fix="such as smtp.example.org"))
    if not 1 <= wanted.port <= 65535:
        problems.append(Problem(file="port", finding=f"{wanted.port} is no port", fix="such as 587"))
    if not is_address(wanted.sender):
        problems.append(Problem(file="sender", finding="this is no address", fix="such as risk@example.org"))
    if wanted.tls == "none" and wanted.user:
        finding = "a password would cross the network in the clear"
        problems.append(Problem(file="tls", finding=finding, fix="choose STARTTLS or TLS, or name no user"))
    if wanted.link and not _is_web(wanted.link):
        problems.append(
            Problem(file="link", finding="this is no address of a page", fix="such as https://risk.example")
        )
    if problems:
        raise InputError(problems)


def _is_web(url: str) -> bool:
    """Whether a text is an address that begins with http, has a host and hides no password."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= _LONGEST_URL
    return parts.scheme in {"http", "https"} and named and plain and parts.username is None and parts.password is None


def is_address(text: str) -> bool:
    """Whether a text is an address of mail that can stand in a header as it is."""
    return text.isascii() and text.isprintable() and _ADDRESS.fullmatch(text) is not None


def channels(register: Register) -> Channels:
    """How messages leave now."""
    with register.read() as connection:
        return Channels(mail=mail_settings(connection), webhook=webhook_settings(connection))


def choose_mail(register: Register, by: Person, wanted: Mail | None, *, read: Mail | None) -> None:
    """Say how mail leaves; `read` is what the person had before them. Raises InputError, Conflict, Refused."""
    require(register, by, "administrator", what="say how mail leaves")
    with register.change(by.id) as change:
        if mail_settings(change.connection) != read:
            raise Conflict("somebody changed how mail leaves in the meantime; read it again")
        set_mail(change, wanted)


def choose_webhook(register: Register, by: Person, wanted: Webhook | None, *, read: Webhook | None) -> None:
    """Say where events are posted to; `read` as for mail. Raises InputError, Conflict, Refused."""
    require(register, by, "administrator", what="set the webhook")
    with register.change(by.id) as change:
        if webhook_settings(change.connection) != read:
            raise Conflict("somebody changed the webhook in the meantime; read it again")
        set_webhook(change, wanted)


def lying(
    register: Register, by: Person, *, unsent: bool = False, offset: int = 0, limit: int = 50
) -> tuple[int, tuple[Waiting, ...]]:
    """How many messages there are in the outbox, and a page of them, the newest first. Raises Refused."""
    require(register, by, "administrator", what="look at the outbox")
    with register.read() as connection:
        found = outbox.messages(connection, unsent=unsent, offset=offset, limit=limit)
        return outbox.count(connection, unsent=unsent), found


def send_again(register: Register, by: Person, number: int) -> Waiting:
    """Let a message that could not be sent be tried at once. Raises NotFound, Conflict where it was sent, Refused."""
    require(register, by, "administrator", what="send a message again")
    with register.change(by.id) as change:
        return outbox.again(change, number)
