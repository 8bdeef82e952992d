"""The cookies: a session, a guest before login, the theme, a message for the next page. Nothing else is kept there."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Literal, TypeAlias

from litestar.datastructures import Cookie

Theme: TypeAlias = Literal["light", "dark", "system"]
THEMES: tuple[Theme, ...] = ("system", "light", "dark")

SESSION, GUEST, THEME, FLASH, OIDC = "bartizan", "bartizan-guest", "bartizan-theme", "bartizan-flash", "bartizan-oidc"
_BY_NAME: dict[str, Theme] = {theme: theme for theme in THEMES}
_YEAR_S = 365 * 86_400


def theme_named(name: str) -> Theme:
    """A theme by its name; that of the system where the name is none."""
    return _BY_NAME.get(name, "system")


def cookie_name(name: str, secure: bool) -> str:
    """The name as it is sent. `__Host-` makes a browser refuse one that another host or plain HTTP tried to set."""
    return f"__Host-{name}" if secure else name


def read_cookies(header: str, secure: bool) -> dict[str, str]:
    """Our cookies of a request, by their plain names; what cannot be read is none."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header)
    except CookieError:
        return {}
    found = {name: jar.get(cookie_name(name, secure)) for name in (SESSION, GUEST, THEME, FLASH, OIDC)}
    return {name: morsel.value for name, morsel in found.items() if morsel is not None}


def made_cookie(name: str, value: str, secure: bool, *, lasts_s: int | None = None) -> Cookie:
    """A cookie to set: not for scripts, not for other sites; until the browser closes where no time is given."""
    return Cookie(
        key=cookie_name(name, secure),
        value=value,
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
        max_age=lasts_s,
    )


def theme_cookie(theme: Theme, secure: bool) -> Cookie:
    """The choice of light, dark or as the system has it, for a year."""
    return made_cookie(THEME, theme, secure, lasts_s=_YEAR_S)


def gone_cookie(name: str, secure: bool) -> Cookie:
    """A cookie that takes another away."""
    return made_cookie(name, "", secure, lasts_s=0)


def csrf_of(secret: str) -> str:
    """The token that a form of this session, or of this guest, must carry. Only who holds the secret can make it."""
    return _mac(secret, "csrf")


def signed(secret: str, text: str) -> str:
    """A text as the value of a cookie that only this session can have written."""
    body = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{body}.{_mac(secret, body)}"


def unsigned(secret: str, value: str) -> str:
    """The text in a signed value; empty where somebody else wrote it."""
    body, _, mac = value.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(secret, body).encode()):
        return ""
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _mac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
