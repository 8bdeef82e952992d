"""One's own account: name and mail, password, where one is logged in, tokens for the API."""

from __future__ import annotations

from litestar import get, post

from bartizan.core.errors import Conflict, InputError
from bartizan.core.people import ROLES
from bartizan.web.cookies import SESSION, gone_cookie
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.visit import Differs, Page, TheVisit, Visit
from bartizan.workflows import accounts, sessions
from bartizan.workflows.accounts import LONGEST_TOKEN_DAYS

_SAVED_TOKEN_DAYS = 90


@get("/account", sync_to_thread=True)
def account(visit: TheVisit) -> Page:
    """Everything about oneself."""
    return _page(visit)


@post("/account", sync_to_thread=True)
def describe(visit: TheVisit, form: TheForm) -> Page:
    """Change one's own name, address, and whether mail comes."""
    said = {"shown": form.text("shown"), "email": form.text("email")}
    try:
        accounts.describe_oneself(
            visit.register, visit.person, **said, notify=form.ticked("notify"), revision=form.revision
        )
    except InputError as error:
        return _page(visit, "details", form, error)
    except Conflict:
        now = accounts.account(visit.register, visit.person)
        fields = (
            Differs(name="shown", label="Your name", saved=now.name, typed=said["shown"]),
            Differs(name="email", label="E-mail", saved=now.email, typed=said["email"]),
        )
        return visit.conflict(
            title="Account", action="/account", back="/account", fields=fields, revision=now.revision, form=form
        )
    return visit.redirect("/account", "Your details are saved.")


@post("/account/password", sync_to_thread=True)
def password(visit: TheVisit, form: TheForm) -> Page:
    """Change one's own password."""
    try:
        accounts.change_password(
            visit.register,
            visit.person,
            old=form.secret("old"),
            password=form.secret("password"),
            again=form.secret("again"),
            keep=_own(visit),
        )
    except InputError as error:
        return _page(visit, "password", form, error)
    return visit.redirect("/account", "Your password is changed, and all your other sessions have ended.")


@post("/account/sessions/end", sync_to_thread=True)
def end_session(visit: TheVisit, form: TheForm) -> Page:
    """End one of one's own sessions."""
    sessions.log_out(visit.register, visit.person, form.text("session"))
    return visit.redirect("/account", "The session has ended.")


@post("/account/sessions/end-all", sync_to_thread=True)
def end_sessions(visit: TheVisit) -> Page:
    """Log out everywhere, here too."""
    sessions.log_out_everywhere(visit.register, visit.person)
    return visit.redirect("/login", cookies=[gone_cookie(SESSION, visit.site.secure)])


@post("/account/tokens", sync_to_thread=True)
def make_token(visit: TheVisit, form: TheForm) -> Page:
    """Make a token. Its text is on this answer and nowhere else."""
    try:
        _, secret = accounts.make_token(
            visit.register,
            visit.person,
            shown=form.text("name"),
            role=form.text("role"),
            system=form.text("system"),
            days=form.number("days", _SAVED_TOKEN_DAYS),
        )
    except InputError as error:
        return _page(visit, "token", form, error)
    return _page(visit, secret=secret)


@post("/account/tokens/revoke", sync_to_thread=True)
def revoke_token(visit: TheVisit, form: TheForm) -> Page:
    """Let one of one's own tokens work no more."""
    token = accounts.revoke_token(visit.register, visit.person, form.text("token"))
    return visit.redirect("/account", f"The token '{token.name}' works no more.")


def _page(
    visit: Visit, part: str = "", typed: Form = EMPTY, problems: InputError | None = None, secret: str = ""
) -> Page:
    """The page; `part` is the form that the problems are about."""
    own = accounts.account(visit.register, visit.person)
    return visit.page(
        "account.html.j2",
        title="Account",
        problems=problems,
        typed=typed,
        part=part,
        own=own,
        sessions=sessions.sessions_of(visit.register, visit.person),
        this=_own(visit),
        tokens=[token for token in accounts.tokens_of(visit.register, visit.person) if not token.revoked_at],
        roles=[(role, role.capitalize()) for role in ROLES if visit.person.may_somewhere(role)],
        longest=LONGEST_TOKEN_DAYS,
        secret=secret,
        now=visit.register.now(),
    )


def _own(visit: Visit) -> str:
    return visit.visitor.session.digest if visit.visitor.session else ""


HANDLERS = (account, describe, password, end_session, end_sessions, make_token, revoke_token)
