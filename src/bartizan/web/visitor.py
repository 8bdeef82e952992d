"""Who sends a request: found once, before any page, from the cookie of a session or the token of the API."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from litestar.concurrency import sync_to_thread
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from bartizan.core.people import Session
from bartizan.web.cookies import GUEST, SESSION, THEME, Theme, csrf_of, read_cookies, theme_named
from bartizan.web.site import Site
from bartizan.workflows.access import Person
from bartizan.workflows.accounts import person_of_token
from bartizan.workflows.sessions import logged_in, new_secret

_KEY = "bartizan.visitor"
API = "/api/"
STATIC = "/static/"
_LONGEST_SECRET = 100


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends a request. `secret` is that of the session or the guest; forms and messages are bound to it."""

    secret: str
    person: Person | None = None
    session: Session | None = None
    by_token: bool = False
    is_new: bool = False
    """Whether the guest's secret was made for this request, and a page must hand it out."""
    theme: Theme = "system"
    cookies: dict[str, str] = {}

    @property
    def csrf(self) -> str:
        """What every form must carry."""
        return csrf_of(self.secret)


def visitor_of(scope: Any) -> Visitor:
    """Who sends this request, as it was found."""
    return cast(Visitor, scope[_KEY])


def with_visitor(app: ASGIApp, site: Site) -> ASGIApp:
    """The application, told with every request who sends it."""

    async def found(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and not scope["path"].startswith(STATIC):
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            who = await sync_to_thread(_find, site, headers, scope["path"].startswith(API))
            cast(dict[str, object], scope)[_KEY] = who
        await app(scope, receive, send)

    return found


def _find(site: Site, headers: dict[bytes, str], api: bool) -> Visitor:
    kind, _, token = headers.get(b"authorization", "").partition(" ")
    if api and kind.lower() == "bearer":
        return Visitor(secret=new_secret(), person=person_of_token(site.register, token.strip()), by_token=True)
    cookies = read_cookies(headers.get(b"cookie", ""), site.secure)
    chosen = theme_named(cookies.get(THEME, ""))
    secret = cookies.get(SESSION, "")[:_LONGEST_SECRET]
    known = logged_in(site.register, secret) if secret else None
    if known is not None:
        return Visitor(secret=secret, person=known.person, session=known.session, theme=chosen, cookies=cookies)
    guest = cookies.get(GUEST, "")[:_LONGEST_SECRET]
    return Visitor(secret=guest or new_secret(), is_new=not guest, theme=chosen, cookies=cookies)
