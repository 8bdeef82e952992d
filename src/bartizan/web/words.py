"""Words for what machines say: a browser from its `User-Agent`."""

from __future__ import annotations

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chromium without a window"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-httpx/", "httpx"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """A browser and its system in words; what is not known is said to be so, and never shown as it came."""
    name = next((said for sign, said in _BROWSERS if sign in agent), "An unknown program")
    on = next((said for sign, said in _SYSTEMS if sign in agent), "")
    return f"{name} on {on}" if on else name
