"""Logging in by the identity provider of an organisation."""

from __future__ import annotations

import msgspec
from litestar import get, post

from bartizan.core.errors import NotFound, Refused
from bartizan.web.cookies import OIDC, gone_cookie, made_cookie, signed, unsigned
from bartizan.web.forms import TheForm
from bartizan.web.login import PUBLIC, enter
from bartizan.web.oidc import Begun, Provider, begin, finish
from bartizan.web.visit import Page, TheVisit, Visit, safe_path
from bartizan.workflows.accounts import log_in_elsewhere

_BACK = "/login/oidc/back"
_LASTS_S = 600


@post("/login/oidc", opt=PUBLIC, sync_to_thread=True)
def begin_login(visit: TheVisit, form: TheForm) -> Page:
    """Send the browser to the provider."""
    address, begun = begin(_provider(visit), visit.origin + _BACK, safe_path(form.text("next")))
    kept = signed(visit.visitor.secret, msgspec.json.encode(begun).decode())
    secure = visit.site.secure
    return visit.onward(address, cookies=[made_cookie(OIDC, kept, secure, lasts_s=_LASTS_S)])


@get(_BACK, opt=PUBLIC, sync_to_thread=True)
def finish_login(visit: TheVisit) -> Page:
    """Where the provider sends the browser back to."""
    provider = _provider(visit)
    kept = unsigned(visit.visitor.secret, visit.visitor.cookies.get(OIDC, ""))
    if not kept:
        raise Refused("this login did not begin here, or took too long; log in again")
    begun = msgspec.json.decode(kept, type=Begun)
    known = finish(provider, begun, visit.origin + _BACK, str(visit.request.url))
    agent = visit.request.headers.get("user-agent", "")
    secret = log_in_elsewhere(
        visit.register, subject=known.subject, name=known.name, shown=known.shown, email=known.email, agent=agent
    )
    made = enter(visit, secret, begun.to)
    made.cookies.append(gone_cookie(OIDC, visit.site.secure))
    return made


def _provider(visit: Visit) -> Provider:
    if visit.site.provider is None:
        raise NotFound("nobody can log in by an identity provider here")
    return visit.site.provider


HANDLERS = (begin_login, finish_login)
