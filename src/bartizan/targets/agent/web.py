"""Web pages: those that were laid, by address. Asking for any other is written down too, since it would have left."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from bartizan.targets.agent.state import State, ToolError
from bartizan.targets.agent.tool import Call, Tool

_INSIDE = (".internal", ".local", ".localhost", ".lan")


def host_of(url: str) -> str:
    """The host of an http(s) address, in lower case; empty for what is none."""
    try:
        parts = urlsplit(url.strip())
        return (parts.hostname or "").casefold().rstrip(".") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def is_inside(host: str) -> bool:
    """Whether a host is one that only insiders reach: loopback, private and link-local addresses, bare names."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        numeric = host.replace(".", "").isdigit() or host.startswith("0x")
        return numeric or "." not in host or host.endswith(_INSIDE)


def check_address(state: State, url: str) -> None:
    """Raise ToolError for what is no page of a known host."""
    host = host_of(url)
    if not host or is_inside(host) or host not in state.hosts:
        raise ToolError("pages come from known hosts only; nothing was fetched")


def fetched(call: Call, url: str, tool: str, body: str = "") -> str:
    """The page at an address; the deed is written down under the tool's name."""
    if call.policy.checks_addresses:
        check_address(call.state, url)
    extra = {"body": body} if body else {}
    call.state.did("page_fetched", tool, url=url, **extra)
    page = call.state.pages.get(url)
    if page is None:
        page = call.state.pages.get(url.partition("#")[0].partition("?")[0].rstrip("/"))
    return page if page is not None else "404 Not Found"


def _fetch(call: Call) -> str:
    url = call.text("url").strip()
    if not url:
        raise ToolError("'url' is empty")
    return fetched(call, url, "fetch_page")


WEB = (Tool(name="fetch_page", about="Fetch a web page.", takes=(("url", "its address"),), run=_fetch),)
