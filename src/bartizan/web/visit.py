"""One request as handlers see it: who asks, of which register, and how to answer with a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import msgspec
from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from bartizan.core.errors import InputError
from bartizan.core.people import EVERYWHERE, Role
from bartizan.register.opening import Register
from bartizan.web.cookies import FLASH, GUEST, gone_cookie, made_cookie, signed, unsigned
from bartizan.web.forms import EMPTY, Form, Problems
from bartizan.web.listing import Listing, listing_of
from bartizan.web.navigation import place_of
from bartizan.web.rendering import render
from bartizan.web.site import Site
from bartizan.web.visitor import Visitor, visitor_of
from bartizan.workflows.access import Person, require
from bartizan.workflows.desk import Desk

Page = Response[str]
Crumb = tuple[str, str]
"""A label and its address."""

_NOBODY = Person(id="")


class Differs(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a form that somebody else saved in the meantime: what is saved now, and what this person typed."""

    name: str
    label: str
    saved: str
    typed: str


class Visit:
    """One request. `person` is who asks; a page for everybody has `visit.is_known` to ask first."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        self.request = request
        self.site: Site = request.app.state.site
        self.desk: Desk = self.site.desk
        self.register: Register = self.desk.register
        self.visitor: Visitor = visitor_of(request.scope)
        self.person: Person = self.visitor.person or _NOBODY

    @property
    def is_known(self) -> bool:
        """Whether somebody is logged in."""
        return self.visitor.person is not None

    @property
    def is_htmx(self) -> bool:
        """Whether htmx asks, and wants a fragment."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.client.host if self.request.client else "unknown"

    @property
    def origin(self) -> str:
        """How this server is called from outside, for links that are passed on: `http://127.0.0.1:8400`."""
        scheme = "https" if self.site.secure else "http"
        return f"{scheme}://{self.request.headers.get('host', '')}"

    def query(self, name: str, default: str = "") -> str:
        """One word of the query, at most 500 characters."""
        return str(self.request.query_params.get(name, default))[:500].replace("\x00", "").strip()

    def listing(self, **how: Any) -> Listing:
        """Where in a list the person is; see `listing_of`."""
        return listing_of(self.request, **how)

    def require(self, role: Role, system: str = EVERYWHERE, what: str = "") -> None:
        """Raise Refused, with an entry of the audit, where the person has not this role."""
        require(self.register, self.person, role, system, what)

    def page(
        self,
        template: str,
        *,
        title: str,
        crumbs: Sequence[Crumb] = (),
        problems: InputError | None = None,
        typed: Form = EMPTY,
        status: int = 0,
        **context: object,
    ) -> Page:
        """A whole page. With `problems` its status is 422, and fields show what was typed and what is wrong with it."""
        flash = unsigned(self.visitor.secret, self.visitor.cookies.get(FLASH, ""))
        given = {
            "visit": self,
            "person": self.person,
            "is_known": self.is_known,
            "csrf": self.visitor.csrf,
            "theme": self.visitor.theme,
            "here": place_of(self.request.url.path),
            "path": self.request.url.path,
            "flash": flash,
            "title": title,
            "crumbs": tuple(crumbs),
            "problems": Problems(problems),
            "typed": typed,
        }
        cookies = [gone_cookie(FLASH, self.site.secure)] if FLASH in self.visitor.cookies else []
        return self.html(render(template, given | context), status or (422 if problems else 200), cookies)

    def part(
        self,
        template: str,
        *,
        problems: InputError | None = None,
        typed: Form = EMPTY,
        status: int = 0,
        **context: object,
    ) -> Page:
        """A fragment for htmx: a template without the layout."""
        given = {
            "visit": self,
            "person": self.person,
            "csrf": self.visitor.csrf,
            "problems": Problems(problems),
            "typed": typed,
        }
        return self.html(render(template, given | context), status or (422 if problems else 200))

    def html(self, content: str, status: int = 200, cookies: Sequence[Cookie] = ()) -> Page:
        """HTML that is made already."""
        new = [made_cookie(GUEST, self.visitor.secret, self.site.secure)] if self.visitor.is_new else []
        return Response(content, media_type=MediaType.HTML, status_code=status, cookies=[*cookies, *new])

    def redirect(self, to: str, flash: str = "", cookies: Sequence[Cookie] = ()) -> Page:
        """On to another page of ours, after something was done; `flash` is said there once."""
        said = list(cookies)
        if flash:
            said.append(made_cookie(FLASH, signed(self.visitor.secret, flash[:400]), self.site.secure, lasts_s=60))
        if self.is_htmx:
            return Response("", status_code=200, headers={"HX-Redirect": to}, cookies=said)
        return Response("", status_code=303, headers={"Location": to}, cookies=said)

    def onward(self, address: str, cookies: Sequence[Cookie]) -> Page:
        """A page that leads on to another server. A redirect would not do: `form-action` forbids it after a form."""
        made = self.page("onward.html.j2", title="On to your organisation", address=address)
        made.cookies.extend(cookies)
        made.headers["Refresh"] = f"0; url={address}"
        return made

    def conflict(
        self, *, title: str, action: str, back: str, fields: Sequence[Differs], revision: int, form: Form
    ) -> Page:
        """A 409: somebody saved in the meantime. Shows both, keeps what was typed, and lets the person choose.

        `action` is where the form was sent, and is sent again with the `revision` that is saved now.
        """
        shown = {field.name for field in fields}
        hidden = [
            (name, value)
            for name, values in form.fields.items()
            if name not in {"csrf", "revision", *shown} and not name.endswith(" as typed")
            for value in values
        ]
        return self.page(
            "conflict.html.j2",
            title=title,
            status=409,
            action=action,
            back=back,
            fields=fields,
            revision=revision,
            hidden=hidden,
        )


TheVisit: TypeAlias = NamedDependency[Visit]
"""How a handler asks for its visit: `def page(visit: TheVisit) -> Page`."""


def visit_of(request: Request[Any, Any, Any]) -> Visit:
    """The visit of a request, for handlers."""
    return Visit(request)


def safe_path(wanted: str, otherwise: str = "/") -> str:
    """A path on this server to go on to; whatever leads elsewhere is replaced."""
    split = urlsplit(wanted)
    if (
        split.scheme
        or split.netloc
        or not wanted.startswith("/")
        or wanted[:2] in {"//", "/\\"}
        or not wanted.isprintable()
    ):
        return otherwise
    return wanted if "\\" not in wanted else otherwise
