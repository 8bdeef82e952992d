"""Coming in and going out: login, the links that work once, logging out, light or dark."""

from __future__ import annotations

from typing import Literal

from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import InputError, NotFound
from bartizan.web.cookies import GUEST, SESSION, gone_cookie, made_cookie, theme_cookie, theme_named
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.visit import Page, TheVisit, Visit, safe_path
from bartizan.workflows import accounts, sessions
from bartizan.workflows.accounts import LinkSpent
from bartizan.workflows.sessions import TooManyAttempts

PUBLIC = {"public": True}


@get("/login", opt=PUBLIC, sync_to_thread=True)
def login_page(visit: TheVisit) -> Page:
    """The form; who is logged in goes on."""
    if visit.is_known:
        return visit.redirect(safe_path(visit.query("next")))
    return _login(visit, next_=visit.query("next"))


@post("/login", opt=PUBLIC, sync_to_thread=True)
def login(visit: TheVisit, form: TheForm) -> Page:
    """Log in by name and password."""
    agent = visit.request.headers.get("user-agent", "")
    try:
        secret = sessions.log_in(
            visit.register, form.text("name"), form.secret("password"), address=visit.address, agent=agent
        )
    except TooManyAttempts as error:
        made = _login(visit, next_=form.text("next"), typed=form, waiting=str(error), status=429)
        made.headers["Retry-After"] = str(error.seconds)
        return made
    except InputError as error:
        return _login(visit, next_=form.text("next"), typed=form, problems=error)
    return enter(visit, secret, form.text("next"))


@post("/logout", sync_to_thread=True)
def logout(visit: TheVisit) -> Page:
    """End this session."""
    if visit.visitor.session is not None:
        sessions.log_out(visit.register, visit.person, visit.visitor.session.digest)
    return visit.redirect("/login", cookies=[gone_cookie(SESSION, visit.site.secure)])


@get("/link", opt=PUBLIC, sync_to_thread=True)
def link_page(visit: TheVisit) -> Page:
    """Where a link that works once leads. Its secret is behind the `#`, which no server and no log gets to see."""
    return _spent(visit)


@post("/link", opt=PUBLIC, sync_to_thread=True)
def link(visit: TheVisit, form: TheForm) -> Page:
    """What the link is for: the form to choose a password. The link is not spent by looking."""
    try:
        return _choose(visit, form.text("code"))
    except LinkSpent as error:
        return _spent(visit, str(error))


@post("/link/first", opt=PUBLIC, sync_to_thread=True)
def first(visit: TheVisit, form: TheForm) -> Page:
    """Make the first administrator."""
    try:
        secret = accounts.make_first(
            visit.register,
            form.text("code"),
            name=form.text("name"),
            shown=form.text("shown"),
            password=form.secret("password"),
            again=form.secret("again"),
        )
    except InputError as error:
        return _choose(visit, form.text("code"), form, error)
    except LinkSpent as error:
        return _spent(visit, str(error))
    return enter(visit, secret, "/")


@post("/link/{purpose:str}", opt=PUBLIC, sync_to_thread=True)
def choose(visit: TheVisit, form: TheForm, purpose: FromPath[str]) -> Page:
    """Choose the password that an invitation or a reset is for."""
    if purpose not in {"invitation", "password"}:
        raise NotFound("there is no such link")
    try:
        secret = accounts.choose_password(
            visit.register, form.text("code"), password=form.secret("password"), again=form.secret("again")
        )
    except InputError as error:
        return _choose(visit, form.text("code"), form, error)
    except LinkSpent as error:
        return _spent(visit, str(error))
    return enter(visit, secret, "/")


@post("/theme", opt=PUBLIC, sync_to_thread=False)
def theme(visit: TheVisit, form: TheForm) -> Page:
    """Light, dark, or as the system has it."""
    chosen = theme_named(form.text("theme"))
    return visit.redirect(safe_path(form.text("back")), cookies=[theme_cookie(chosen, visit.site.secure)])


def enter(visit: Visit, secret: str, to: str) -> Page:
    """On to where somebody wanted to go, with the cookie of their new session; the guest's secret ends here."""
    secure = visit.site.secure
    return visit.redirect(safe_path(to), cookies=[made_cookie(SESSION, secret, secure), gone_cookie(GUEST, secure)])


def _login(
    visit: Visit,
    *,
    next_: str,
    typed: Form = EMPTY,
    problems: InputError | None = None,
    waiting: str = "",
    status: Literal[0, 429] = 0,
) -> Page:
    return visit.page(
        "login.html.j2",
        title="Log in",
        problems=problems,
        typed=typed,
        status=status,
        waiting=waiting,
        next=safe_path(next_),
        oidc=visit.site.provider.label if visit.site.provider else "",
    )


def _spent(visit: Visit, said: str = "") -> Page:
    return visit.page("link.html.j2", title="Open your link", said=said, status=410 if said else 200)


def _choose(visit: Visit, code: str, typed: Form = EMPTY, problems: InputError | None = None) -> Page:
    found, user = accounts.look_up(visit.register, code)
    title = {"first": "The first administrator", "invitation": "Welcome", "password": "A new password"}[found.purpose]
    return visit.page(
        "choose.html.j2", title=title, typed=typed, problems=problems, purpose=found.purpose, user=user, code=code
    )


HANDLERS = (login_page, login, logout, link_page, link, first, choose, theme)
