"""Templates: Jinja2 with escaping on and nothing undefined, and the few words and functions that all of them know."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from bartizan import __version__
from bartizan.core.dates import in_words
from bartizan.core.moments import moment_in_words
from bartizan.core.people import is_same_person
from bartizan.report import wording
from bartizan.report.names import shade
from bartizan.report.pictures.marks import element
from bartizan.web.navigation import NAVIGATION
from bartizan.web.pictures import interval, pips
from bartizan.web.words import browser

_HERE = Path(__file__).parent
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


def render(template: str, context: Mapping[str, object]) -> str:
    """A template of this package, filled in."""
    return environment().get_template(template).render(context)


@cache
def environment() -> jinja2.Environment:
    """The one environment of the web application."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        day=in_words,
        moment=moment_in_words,
        time=_time,
        plain=wording.plain,
        capital=wording.capital,
        number=wording.number,
        listing=wording.listing,
        browser=browser,
    )
    made.globals.update(
        asset=asset,
        navigation=NAVIGATION,
        version=__version__,
        interval_picture=interval,
        is_same_person=is_same_person,
        pips=pips,
        shade=shade,
    )
    return made


@cache
def assets() -> Mapping[str, tuple[bytes, str]]:
    """The files that pages load, by name: their bytes and media type."""
    files = sorted((_HERE / "static").iterdir())
    return {file.name: (file.read_bytes(), _TYPES[file.suffix]) for file in files if file.suffix in _TYPES}


@cache
def asset(name: str) -> str:
    """The address of a file that pages load; another one once the file is another, so that it can be kept for long."""
    return f"/static/{name}?{hashlib.sha256(assets()[name][0]).hexdigest()[:12]}"


def _time(moment: str) -> Markup:
    """A moment for people and machines."""
    if not moment:
        return Markup("–")
    return element("time", moment_in_words(moment), datetime=moment, class_="time")
