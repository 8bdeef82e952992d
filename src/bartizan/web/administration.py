"""Administration of people: who there is, what each may do, and how they come in."""

from __future__ import annotations

from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath

from bartizan.core.errors import Conflict, InputError
from bartizan.core.people import ROLES, Grant, User
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.listing import Column
from bartizan.web.security import needs
from bartizan.web.visit import Differs, Page, TheVisit, Visit
from bartizan.workflows import accounts
from bartizan.workflows import administration as work

HOME = "/administration"
TABS = (
    ("Users", HOME),
    ("Sessions", f"{HOME}/sessions"),
    ("Tokens", f"{HOME}/tokens"),
    ("Rules", f"{HOME}/rules"),
    ("Mail and webhook", f"{HOME}/messages"),
    ("Outbox", f"{HOME}/outbox"),
)
ADMINISTRATOR = [needs("administrator")]
_COLUMNS = (
    Column(label="Name", sort="name"),
    Column(label="Roles"),
    Column(label="Logs in by"),
    Column(label="Last seen", sort="seen"),
    Column(label="State", sort="state"),
)


@get(HOME, guards=ADMINISTRATOR, sync_to_thread=True)
def users(visit: TheVisit) -> Page:
    """Everybody."""
    place = visit.listing(filters=("find",), sorts=("name", "seen", "state"), sort="name")
    wanted = place.filters["find"].casefold()
    found = [
        user
        for user in work.users(visit.register, visit.person)
        if wanted in f"{user.id} {user.name} {user.email}".casefold()
    ]
    keys = {"name": lambda u: u.shown.casefold(), "seen": lambda u: u.last_seen, "state": lambda u: u.disabled}
    found.sort(key=keys[place.sort], reverse=place.descending)
    place = place.of(len(found))
    return visit.page(
        "users.html.j2",
        title="Administration",
        tabs=TABS,
        columns=_COLUMNS,
        place=place,
        users=found[place.offset : place.offset + place.per_page],
        roles_of=roles_in_words,
        address=address_of,
    )


@get(f"{HOME}/invite", guards=ADMINISTRATOR, sync_to_thread=True)
def invitation(visit: TheVisit) -> Page:
    """The form to invite somebody."""
    return _invitation(visit)


@post(f"{HOME}/invite", guards=ADMINISTRATOR, sync_to_thread=True)
def invite(visit: TheVisit, form: TheForm) -> Page:
    """Make a user, and a link for them."""
    try:
        user, secret = accounts.invite(
            visit.register,
            visit.person,
            name=form.text("name"),
            shown=form.text("shown"),
            email=form.text("email"),
            role=form.text("role"),
            system=form.text("system"),
        )
    except InputError as error:
        return _invitation(visit, form, error)
    return _user(visit, user.id, link=secret, link_days=7)


@get(f"{HOME}/users/{{user:str}}", guards=ADMINISTRATOR, sync_to_thread=True)
def user_page(visit: TheVisit, user: FromPath[str]) -> Page:
    """One user."""
    return _user(visit, user)


@post(f"{HOME}/users/{{user:str}}", guards=ADMINISTRATOR, sync_to_thread=True)
def describe(visit: TheVisit, form: TheForm, user: FromPath[str]) -> Page:
    """Change what is said of a user."""
    said = {"shown": form.text("shown"), "email": form.text("email")}
    try:
        work.describe(visit.register, visit.person, user, **said, notify=form.ticked("notify"), revision=form.revision)
    except InputError as error:
        return _user(visit, user, typed=form, problems=error)
    except Conflict:
        now = work.profile(visit.register, visit.person, user).user
        fields = (
            Differs(name="shown", label="Name", saved=now.name, typed=said["shown"]),
            Differs(name="email", label="E-mail", saved=now.email, typed=said["email"]),
        )
        here = address_of(now)
        return visit.conflict(title=now.shown, action=here, back=here, fields=fields, revision=now.revision, form=form)
    return visit.redirect(_address(user), "The details are saved.")


@post(f"{HOME}/users/{{user:str}}/grant", guards=ADMINISTRATOR, sync_to_thread=True)
def grant(visit: TheVisit, form: TheForm, user: FromPath[str]) -> Page:
    """Give a role."""
    try:
        work.grant(visit.register, visit.person, user, form.text("role"), form.text("system"))
    except InputError as error:
        return _user(visit, user, typed=form, problems=error)
    return visit.redirect(_address(user), "The role is given.")


@post(f"{HOME}/users/{{user:str}}/withdraw", guards=ADMINISTRATOR, sync_to_thread=True)
def withdraw(visit: TheVisit, form: TheForm, user: FromPath[str]) -> Page:
    """Take a role away."""
    work.withdraw(visit.register, visit.person, user, form.text("system"))
    return visit.redirect(_address(user), "The role is taken away.")


@post(f"{HOME}/users/{{user:str}}/link", guards=ADMINISTRATOR, sync_to_thread=True)
def link(visit: TheVisit, user: FromPath[str]) -> Page:
    """Make a link by which somebody chooses a password. It is on this answer and nowhere else."""
    return _user(visit, user, link=accounts.reset_link(visit.register, visit.person, user), link_days=1)


@post(f"{HOME}/users/{{user:str}}/shut-out", guards=ADMINISTRATOR, sync_to_thread=True)
def shut_out(visit: TheVisit, user: FromPath[str]) -> Page:
    """Let a user in no more."""
    work.shut_out(visit.register, visit.person, user)
    return visit.redirect(_address(user), "They can log in no more; their sessions and tokens have ended.")


@post(f"{HOME}/users/{{user:str}}/let-in", guards=ADMINISTRATOR, sync_to_thread=True)
def let_in(visit: TheVisit, user: FromPath[str]) -> Page:
    """Let a user in again."""
    work.let_in(visit.register, visit.person, user)
    return visit.redirect(_address(user), "They can log in again.")


@post(f"{HOME}/users/{{user:str}}/end-sessions", guards=ADMINISTRATOR, sync_to_thread=True)
def end_sessions(visit: TheVisit, user: FromPath[str]) -> Page:
    """Log a user out everywhere."""
    work.end_sessions(visit.register, visit.person, user)
    return visit.redirect(_address(user), "They are logged out everywhere.")


def roles_in_words(grants: tuple[Grant, ...]) -> str:
    """What somebody may do, in a few words."""
    everywhere = [g.role for g in grants if not g.system]
    some = len(grants) - len(everywhere)
    said = [f"{role} everywhere" for role in everywhere]
    if some:
        said.append(f"roles on {some} system" + ("" if some == 1 else "s"))
    return ", ".join(said) or "none yet"


def address_of(user: User) -> str:
    """The page of a user."""
    return _address(user.id)


def _address(user: str) -> str:
    return f"{HOME}/users/{quote(user, safe='')}"


def _places(visit: Visit) -> list[tuple[str, str]]:
    return [("", "All systems"), *work.system_names(visit.register, visit.person)]


def _roles() -> list[tuple[str, str]]:
    return [(role, role.capitalize()) for role in ROLES]


def _invitation(visit: Visit, typed: Form = EMPTY, problems: InputError | None = None) -> Page:
    return visit.page(
        "invite.html.j2",
        title="Invite a user",
        crumbs=[("Administration", HOME)],
        typed=typed,
        problems=problems,
        places=_places(visit),
        roles=[("", "None yet"), *_roles()],
    )


def _user(
    visit: Visit,
    user: str,
    *,
    typed: Form = EMPTY,
    problems: InputError | None = None,
    link: str = "",
    link_days: int = 0,
) -> Page:
    shown = work.profile(visit.register, visit.person, user)
    places = _places(visit)
    return visit.page(
        "user.html.j2",
        title=shown.user.shown,
        crumbs=[("Administration", HOME)],
        typed=typed,
        problems=problems,
        user=shown.user,
        sessions=shown.sessions,
        tokens=[token for token in shown.tokens if not token.revoked_at],
        places=places,
        place_names=dict(places),
        roles=_roles(),
        here=HOME,
        address=address_of(shown.user),
        link=f"{visit.origin}/link#{link}" if link else "",
        link_days=link_days,
        now=visit.register.now(),
    )


HANDLERS = (
    users,
    invitation,
    invite,
    user_page,
    describe,
    grant,
    withdraw,
    link,
    shut_out,
    let_in,
    end_sessions,
)
