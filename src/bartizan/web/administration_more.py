"""Administration of what is open: sessions, tokens; and the rules of the register."""

from __future__ import annotations

from litestar import get, post

from bartizan.core.errors import Conflict, InputError
from bartizan.register.settings import Policy
from bartizan.web.administration import ADMINISTRATOR, HOME, TABS
from bartizan.web.forms import EMPTY, Form, TheForm
from bartizan.web.listing import Column
from bartizan.web.visit import Differs, Page, TheVisit, Visit
from bartizan.workflows import accounts
from bartizan.workflows import administration as work
from bartizan.workflows.sessions import SessionRules

_SESSIONS = (
    Column(label="User"),
    Column(label="Browser"),
    Column(label="Since"),
    Column(label="Last used"),
    Column(label="Ends"),
    Column(label="Action", hidden=True),
)
_TOKENS = (
    Column(label="Name"),
    Column(label="User"),
    Column(label="May"),
    Column(label="Last used"),
    Column(label="Ends"),
    Column(label="Action", hidden=True),
)
_LABELS = (
    ("longest_acceptance_days", "Longest acceptance, in days"),
    ("review_days", "Look again after, in days"),
    ("evidence_days", "Evidence counts for, in days"),
    ("idle_hours", "Log out without use after, in hours"),
    ("days", "Log out in any case after, in days"),
)


@get(f"{HOME}/sessions", guards=ADMINISTRATOR, sync_to_thread=True)
def sessions(visit: TheVisit) -> Page:
    """Who is logged in."""
    place = visit.listing()
    found = work.every_session(visit.register, visit.person)
    place = place.of(len(found))
    return visit.page(
        "sessions.html.j2",
        title="Sessions",
        crumbs=[("Administration", HOME)],
        tabs=TABS,
        columns=_SESSIONS,
        place=place,
        sessions=found[place.offset : place.offset + place.per_page],
        this=visit.visitor.session.digest if visit.visitor.session else "",
    )


@post(f"{HOME}/sessions/end", guards=ADMINISTRATOR, sync_to_thread=True)
def end_session(visit: TheVisit, form: TheForm) -> Page:
    """End a session."""
    work.end_session(visit.register, visit.person, form.text("session"))
    return visit.redirect(f"{HOME}/sessions", "The session has ended.")


@get(f"{HOME}/tokens", guards=ADMINISTRATOR, sync_to_thread=True)
def tokens(visit: TheVisit) -> Page:
    """Every token that works or worked."""
    found = work.every_token(visit.register, visit.person)
    place = visit.listing().of(len(found))
    return visit.page(
        "tokens.html.j2",
        title="Tokens",
        crumbs=[("Administration", HOME)],
        tabs=TABS,
        columns=_TOKENS,
        place=place,
        tokens=found[place.offset : place.offset + place.per_page],
        now=visit.register.now(),
    )


@post(f"{HOME}/tokens/revoke", guards=ADMINISTRATOR, sync_to_thread=True)
def revoke_token(visit: TheVisit, form: TheForm) -> Page:
    """Let a token work no more."""
    token = accounts.revoke_token(visit.register, visit.person, form.text("token"))
    return visit.redirect(f"{HOME}/tokens", f"The token '{token.name}' works no more.")


@get(f"{HOME}/rules", guards=ADMINISTRATOR, sync_to_thread=True)
def rules(visit: TheVisit) -> Page:
    """The rules of the register."""
    return _rules(visit)


@post(f"{HOME}/rules", guards=ADMINISTRATOR, sync_to_thread=True)
def set_rules(visit: TheVisit, form: TheForm) -> Page:
    """Choose the rules."""
    try:
        wanted = _rules_in(form)
        read = _rules_in(form, "was-")
        work.set_rules(visit.register, visit.person, wanted, read=read)
    except InputError as error:
        return _rules(visit, form, error)
    except Conflict:
        return _rules_differ(visit, form)
    return visit.redirect(f"{HOME}/rules", "The rules are saved.")


def _rules_in(form: Form, before: str = "") -> work.Rules:
    return work.Rules(
        policy=Policy(
            four_eyes=form.text(f"{before}four_eyes") == "yes",
            longest_acceptance_days=form.number(f"{before}longest_acceptance_days"),
            review_days=form.number(f"{before}review_days"),
            evidence_days=form.number(f"{before}evidence_days"),
        ),
        sessions=SessionRules(idle_hours=form.number(f"{before}idle_hours"), days=form.number(f"{before}days")),
    )


def _values(rules: work.Rules) -> dict[str, str]:
    return {
        "four_eyes": "yes" if rules.policy.four_eyes else "no",
        "longest_acceptance_days": str(rules.policy.longest_acceptance_days),
        "review_days": str(rules.policy.review_days),
        "evidence_days": str(rules.policy.evidence_days),
        "idle_hours": str(rules.sessions.idle_hours),
        "days": str(rules.sessions.days),
    }


def _rules(visit: Visit, typed: Form = EMPTY, problems: InputError | None = None) -> Page:
    return visit.page(
        "rules.html.j2",
        title="Rules",
        crumbs=[("Administration", HOME)],
        tabs=TABS,
        typed=typed,
        problems=problems,
        values=_values(work.rules(visit.register)),
    )


def _rules_differ(visit: Visit, form: Form) -> Page:
    now = _values(work.rules(visit.register))
    labels = (("four_eyes", "Another person approves (yes or no)"), *_LABELS)
    fields = [Differs(name=name, label=label, saved=now[name], typed=form.text(name)) for name, label in labels]
    again = Form(fields={f"was-{name}": (value,) for name, value in now.items()})
    here = f"{HOME}/rules"
    return visit.conflict(title="Rules", action=here, back=here, fields=fields, revision=0, form=again)


HANDLERS = (sessions, end_session, tokens, revoke_token, rules, set_rules)
