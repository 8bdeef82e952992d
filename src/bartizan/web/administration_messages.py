"""Administration of messages: how they leave, a test of each way, and what lies in the outbox."""

from __future__ import annotations

import os

from litestar import get, post

from bartizan.core.errors import Conflict, InputError, Problem
from bartizan.web.administration import ADMINISTRATOR, HOME, TABS
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.listing import Column
from bartizan.web.visit import Differs, Page, TheVisit, Visit
from bartizan.workflows import channels as work
from bartizan.workflows import testing_channels as tests
from bartizan.workflows.channels import Mail, Webhook
from bartizan.workflows.delivery import SMTP_PASSWORD, WEBHOOK_SECRET

_AT = f"{HOME}/messages"
_OUTBOX = f"{HOME}/outbox"
_CRUMBS = [("Administration", HOME)]
_MAIL = (
    ("host", "Mail server"),
    ("port", "Port"),
    ("tls", "How it is encrypted (starttls, tls or none)"),
    ("sender", "Sender"),
    ("user", "User at the mail server"),
    ("link", "Address of this application"),
)
_COLUMNS = (
    Column(label="Message"),
    Column(label="To"),
    Column(label="Since"),
    Column(label="State"),
    Column(label="Tries", number=True),
    Column(label="Action", hidden=True),
)


@get(_AT, guards=ADMINISTRATOR, sync_to_thread=True)
def messages(visit: TheVisit) -> Page:
    """How messages leave."""
    return _page(visit)


@post(f"{_AT}/mail", guards=ADMINISTRATOR, sync_to_thread=True)
def set_mail(visit: TheVisit, form: TheForm) -> Page:
    """Say how mail leaves; without a server it does not."""
    try:
        read = _mail_in(form, "was-")
        work.choose_mail(visit.register, visit.person, _mail_in(form), read=read)
    except InputError as error:
        return _page(visit, form, error, failed="mail")
    except Conflict:
        now = _mail_values(work.channels(visit.register).mail)
        return _differ(visit, form, "mail", now, _MAIL)
    return visit.redirect(_AT, "How mail leaves is saved." if form.text("host") else "No mail leaves any more.")


@post(f"{_AT}/webhook", guards=ADMINISTRATOR, sync_to_thread=True)
def set_webhook(visit: TheVisit, form: TheForm) -> Page:
    """Say where events are posted to; without an address nowhere."""
    try:
        read = _webhook_in(form, "was-")
        work.choose_webhook(visit.register, visit.person, _webhook_in(form), read=read)
    except InputError as error:
        return _page(visit, form, error, failed="webhook")
    except Conflict:
        now = {"url": _url(work.channels(visit.register).webhook)}
        return _differ(visit, form, "webhook", now, (("url", "Address of the webhook"),))
    return visit.redirect(_AT, "The webhook is saved." if form.text("url") else "Nothing is posted any more.")


@post(f"{_AT}/test-mail", guards=ADMINISTRATOR, sync_to_thread=True)
def test_mail(visit: TheVisit) -> Page:
    """Send a test message to the address of who asks."""
    done = tests.mail(visit.register, visit.person)
    return _page(visit, tested=done, failed="mail")


@post(f"{_AT}/test-webhook", guards=ADMINISTRATOR, sync_to_thread=True)
def test_webhook(visit: TheVisit) -> Page:
    """Post a test message."""
    done = tests.webhook(visit.register, visit.person)
    return _page(visit, tested=done, failed="webhook")


@get(_OUTBOX, guards=ADMINISTRATOR, sync_to_thread=True)
def outbox(visit: TheVisit) -> Page:
    """What lies in the outbox, sent or not."""
    place = visit.listing(filters=("state",))
    unsent = place.filters["state"] == "unsent"
    total, found = work.lying(visit.register, visit.person, unsent=unsent, offset=place.offset, limit=place.per_page)
    return visit.page(
        "outbox.html.j2",
        title="Outbox",
        crumbs=_CRUMBS,
        tabs=TABS,
        columns=_COLUMNS,
        place=place.of(total),
        found=found,
        unsent=unsent,
    )


@post(f"{_OUTBOX}/again", guards=ADMINISTRATOR, sync_to_thread=True)
def again(visit: TheVisit, form: TheForm) -> Page:
    """Let a message be tried at once."""
    work.send_again(visit.register, visit.person, form.number("message"))
    return visit.redirect(_OUTBOX, "It is tried again within a minute.")


def _mail_in(form: Form, before: str = "") -> Mail | None:
    """What a form says of mail; None without a server."""
    host = form.text(f"{before}host")
    if not host:
        return None
    named = {"starttls": "starttls", "tls": "tls", "none": "none"}
    if (tls := form.text(f"{before}tls")) not in named:
        raise InputError([Problem(file="tls", finding="nothing is chosen", fix="choose one of them")])
    return Mail(
        host=host,
        port=form.number(f"{before}port", 587),
        tls="tls" if tls == "tls" else "none" if tls == "none" else "starttls",
        sender=form.text(f"{before}sender"),
        user=form.text(f"{before}user")[:200],
        link=form.text(f"{before}link"),
    )


def _webhook_in(form: Form, before: str = "") -> Webhook | None:
    return Webhook(url=url) if (url := form.text(f"{before}url")) else None


def _mail_values(mail: Mail | None) -> dict[str, str]:
    if mail is None:
        return dict.fromkeys((name for name, _ in _MAIL), "")
    return {name: str(getattr(mail, name)) for name, _ in _MAIL}


def _url(webhook: Webhook | None) -> str:
    return webhook.url if webhook else ""


def _page(
    visit: Visit,
    typed: Form = EMPTY,
    problems: InputError | None = None,
    *,
    failed: str = "",
    tested: str | None = None,
) -> Page:
    now = work.channels(visit.register)
    return visit.page(
        "messages.html.j2",
        title="Mail and webhook",
        crumbs=_CRUMBS,
        tabs=TABS,
        typed=typed,
        problems=problems,
        here=HOME,
        mail=_mail_values(now.mail),
        has_mail=now.mail is not None,
        url=_url(now.webhook),
        failed=failed,
        tested=tested,
        variables={name: bool(os.environ.get(name)) for name in (SMTP_PASSWORD, WEBHOOK_SECRET)},
    )


def _differ(visit: Visit, form: Form, what: str, now: dict[str, str], labels: tuple[tuple[str, str], ...]) -> Page:
    fields = [Differs(name=name, label=label, saved=now[name], typed=form.text(name)) for name, label in labels]
    again = Form(fields={f"was-{name}": (value,) for name, value in now.items()})
    return visit.conflict(
        title="Mail and webhook", action=f"{_AT}/{what}", back=_AT, fields=fields, revision=0, form=again
    )


HANDLERS = (messages, set_mail, set_webhook, test_mail, test_webhook, outbox, again)
