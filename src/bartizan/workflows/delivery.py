"""Sending what lies in the outbox: mail by SMTP, and a POST of JSON to one address.

What waits for the same person goes in one mail. What cannot be sent stays, and is tried again after a wait that doubles
from a minute to a day. A message is sent at least once: whoever dies between sending and saying so sends it again.

Secrets come from the environment and are kept nowhere: BARTIZAN_SMTP_PASSWORD, and BARTIZAN_WEBHOOK_SECRET with which
each POST is signed: `Bartizan-Signature: sha256=` and the HMAC-SHA256 of the body in hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import os
import smtplib
import ssl
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import IO

import msgspec

from bartizan.core.errors import printable
from bartizan.core.people import User
from bartizan.register import outbox, people
from bartizan.register.outbox import Waiting
from bartizan.workflows.access import person_of
from bartizan.workflows.channels import Mail, Webhook, is_address, mail_settings, webhook_settings
from bartizan.workflows.desk import Desk

SMTP_PASSWORD = "BARTIZAN_SMTP_PASSWORD"  # noqa: S105  the name of a variable
WEBHOOK_SECRET = "BARTIZAN_WEBHOOK_SECRET"  # noqa: S105  as above
_PATIENCE_S = 20
_LISTED = 100
"""Occasions that one mail lists."""


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What a delivery came to."""

    sent: int = 0
    failed: int = 0
    errors: tuple[str, ...] = ()


def deliver(desk: Desk, environment: Mapping[str, str] = os.environ) -> Delivered:
    """Send what waits in the outbox and whose time has come. Nothing is lost by a failure, and none is raised."""
    with desk.register.read() as connection:
        mail, webhook = mail_settings(connection), webhook_settings(connection)
        users = {one.id: one for one in people.users(connection)}
    channels = ({"mail"} if mail else set()) | ({"webhook"} if webhook else set())
    if not channels:
        return Delivered()
    with desk.register.change("bartizan") as change:
        waiting = outbox.take(change, frozenset(channels))
    results = []
    if mail is not None:
        results += _mail_all([one for one in waiting if one.channel == "mail"], users, mail, environment)
    if webhook is not None:
        results += _post_all([one for one in waiting if one.channel == "webhook"], webhook, environment)
    with desk.register.change("bartizan") as change:
        for messages, error in results:
            if error:
                outbox.failed(change, messages, error)
            else:
                outbox.sent(change, [one.number for one in messages])
    return Delivered(
        sent=sum(len(messages) for messages, error in results if not error),
        failed=sum(len(messages) for messages, error in results if error),
        errors=tuple(sorted({error for _, error in results if error})),
    )


_Result = tuple[list[Waiting], str]
"""Messages, and why they could not be sent; empty where they were."""


def send_test_mail(mail: Mail, user: User, environment: Mapping[str, str] = os.environ) -> str:
    """Send one mail that says that mail works, to one person. Why it failed; empty where it did not."""
    if not is_address(user.email):
        return "your account has no e-mail address that mail can be sent to"
    try:
        with _connected(mail, environment) as server:
            return _send(server, _letter(user, mail, "test: mail from Bartizan works", _TEST))
    except (OSError, smtplib.SMTPException) as error:
        return _reason(error)


def send_test_post(webhook: Webhook, at: str, environment: Mapping[str, str] = os.environ) -> str:
    """Post one message of the kind `test`. Why it failed; empty where it did not."""
    said = {"id": f"test-{at}", "at": at, "subject": "test: the webhook of Bartizan works", "kind": "test"}
    return _post(_opener(), f"test-{at}", msgspec.json.encode(said), webhook, environment.get(WEBHOOK_SECRET, ""))[0]


_TEST = "Somebody asked for this message to see whether mail leaves. There is nothing to do.\n"


def _mail_all(
    waiting: Iterable[Waiting], users: Mapping[str, User], mail: Mail, environment: Mapping[str, str]
) -> list[_Result]:
    """One mail for each person. One connection for all; where it fails, so do those that were not sent."""
    each: dict[str, list[Waiting]] = defaultdict(list)
    for one in waiting:
        each[one.recipient].append(one)
    results: list[_Result] = []
    todo = []
    for name, messages in each.items():
        wanted = [one for one in messages if _may_have(users.get(name), one)]
        unwanted = [one for one in messages if one not in wanted]
        if unwanted:
            results.append((unwanted, ""))  # they left, want no mail, or may not see it any more
        if wanted:
            todo.append((wanted, _compose(users[name], wanted, mail)))
    if not todo:
        return results
    try:
        with _connected(mail, environment) as server:
            while todo:
                messages, letter = todo[0]
                results.append((messages, _send(server, letter)))
                todo.pop(0)
    except (OSError, smtplib.SMTPException) as error:
        results += [(messages, _reason(error)) for messages, _ in todo]
    return results


def _may_have(user: User | None, one: Waiting) -> bool:
    if user is None or user.disabled or not user.notify or not is_address(user.email):
        return False
    return person_of(user).may("viewer", str(_said(one)["system"]))


def _said(one: Waiting) -> dict[str, str]:
    return msgspec.json.decode(one.body, type=dict[str, str])


def _connected(mail: Mail, environment: Mapping[str, str]) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if mail.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=_PATIENCE_S, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=_PATIENCE_S)
    try:
        if mail.tls == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, environment.get(SMTP_PASSWORD, ""))
    except BaseException:
        server.close()
        raise
    return server


def _send(server: smtplib.SMTP, letter: EmailMessage) -> str:
    """Send one mail; what the server has against this one keeps no other from being sent."""
    try:
        server.send_message(letter)
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPException as error:
        server.rset()
        return _reason(error)
    return ""


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the mail server refused the login; see {SMTP_PASSWORD}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the mail server refused the recipient"
    return printable(f"{type(error).__name__}: {error}", 300)


def _compose(user: User, messages: list[Waiting], mail: Mail) -> EmailMessage:
    """A mail of plain text. Headers are made by a parser that takes no line breaks, from text that has none."""
    count = len(messages)
    subject = messages[0].subject if count == 1 else f"{count} messages from the risk register"
    return _letter(user, mail, subject, "\n".join(_lines(messages, mail)) + "\n")


def _letter(user: User, mail: Mail, subject: str, text: str) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = one_line(subject)
    letter["From"] = Address(display_name="Bartizan", addr_spec=mail.sender)
    letter["To"] = Address(display_name=one_line(user.name), addr_spec=user.email)
    letter["Date"] = formatdate()
    letter["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text, cte="quoted-printable")
    return letter


def one_line(text: str) -> str:
    """A text for a header: what does not print is escaped, so no line break can begin another header."""
    return printable(text, 190)


def _lines(messages: list[Waiting], mail: Mail) -> Iterable[str]:
    for one in messages[:_LISTED]:
        said = _said(one)
        yield one_line(one.subject)
        yield f"  {printable(said['what'], 1000)}"
        yield f"  To do: {printable(said['do'], 400)}"
        if mail.link:
            yield f"  {mail.link.rstrip('/')}/systems/{said['system']}"
        yield ""
    if len(messages) > _LISTED:
        yield f"And {len(messages) - _LISTED} more; see: bartizan review"
        yield ""
    yield "You get this since you may see the system and want mail; both can be changed in the register."


class _Still(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: what is posted goes where somebody said, and nowhere else."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def _post_all(waiting: Iterable[Waiting], webhook: Webhook, environment: Mapping[str, str]) -> list[_Result]:
    """One POST for each message; after one that gets no answer the others wait as well."""
    opener, secret = _opener(), environment.get(WEBHOOK_SECRET, "")
    results: list[_Result] = []
    down = ""
    for one in waiting:
        if not down:
            body = msgspec.json.encode({"id": one.key, "at": one.created_at, "subject": one.subject, **_said(one)})
            error, is_down = _post(opener, one.key, body, webhook, secret)
            down = error if is_down else ""
        results.append(([one], down or error))
    return results


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), _Still())


def _post(
    opener: urllib.request.OpenerDirector, key: str, body: bytes, webhook: Webhook, secret: str
) -> tuple[str, bool]:
    """Why it failed, empty where it did not; and whether nobody was there."""
    headers = {"Content-Type": "application/json", "User-Agent": "Bartizan", "Bartizan-Delivery": key}
    if secret:
        headers["Bartizan-Signature"] = signature(body, secret)
    request = urllib.request.Request(webhook.url, data=body, headers=headers, method="POST")  # noqa: S310  checked
    try:
        with opener.open(request, timeout=_PATIENCE_S) as answer:
            answer.read(1024)
    except urllib.error.HTTPError as error:
        error.close()
        return f"the webhook answered {error.code}", False
    except (OSError, http.client.HTTPException) as error:
        return _reason(error), True
    return "", False


def signature(body: bytes, secret: str) -> str:
    """What a receiver compares with the header: `sha256=` and the HMAC-SHA256 of the body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
