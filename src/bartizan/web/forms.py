"""What a person typed into a form, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec
from litestar import Request
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType

from bartizan.core.errors import InputError, Problem

LONGEST = 100_000
"""Characters of one field that are read; no form has room for more."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came with a form. The name is what a stranger calls it, and no path here."""

    name: str
    media_type: str
    content: bytes


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a form as text: without control characters, lines ended by a line feed, no spaces around."""

    fields: Mapping[str, tuple[str, ...]] = {}
    uploads: Mapping[str, Upload] = {}

    def text(self, name: str, default: str = "") -> str:
        """One field; the default where the form has none of that name."""
        return self.fields[name][0] if self.fields.get(name) else default

    def many(self, name: str) -> tuple[str, ...]:
        """All values of a field, without empty ones."""
        return tuple(value for value in self.fields.get(name, ()) if value)

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self.text(name))

    def number(self, name: str, default: int = 0) -> int:
        """A whole number; the default where the field is empty. Raises InputError."""
        text = self.text(name)
        if not text:
            return default
        if len(text) > 9 or not text.removeprefix("-").isdecimal():
            raise InputError([Problem(file=name, finding=f"'{text}' is no whole number", fix="write digits only")])
        return int(text)

    @property
    def revision(self) -> int | None:
        """The revision that the person had before them; None where the form carries none."""
        text = self.text("revision")
        return int(text) if text.isdecimal() and len(text) < 10 else None

    def secret(self, name: str) -> str:
        """A password as it was typed, spaces and all."""
        return self.fields.get(f"{name} as typed", ("",))[0]

    def __getitem__(self, name: str) -> str:
        """One field, for templates; empty where there is none."""
        return self.text(name)


EMPTY = Form()

TheForm: TypeAlias = NamedDependency[Form]
"""How a handler asks for the form that came: `def save(visit: TheVisit, form: TheForm) -> Page`."""


class Problems:
    """What was wrong with a form, by field; a problem's `file` names the field that it is about."""

    def __init__(self, error: InputError | None = None) -> None:
        self.all: tuple[Problem, ...] = error.problems if error else ()

    def of(self, field: str) -> tuple[Problem, ...]:
        """The problems of one field."""
        return tuple(problem for problem in self.all if problem.file == field)

    def __bool__(self) -> bool:
        return bool(self.all)


async def form_of(request: Request[object, object, State]) -> Form:
    """The form that a request carries; an empty one where it carries none."""
    if request.method in {"GET", "HEAD"} or request.content_type[0] not in {
        RequestEncodingType.URL_ENCODED,
        RequestEncodingType.MULTI_PART,
    }:
        return EMPTY
    fields: dict[str, tuple[str, ...]] = {}
    uploads: dict[str, Upload] = {}
    given = await request.form()
    for name, value in given.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                content = await value.read()
                uploads[name] = Upload(name=value.filename, media_type=value.content_type, content=content)
            continue
        text = str(value)
        fields[name] = (*fields.get(name, ()), _clean(text))
        if name in _SECRETS:
            fields[f"{name} as typed"] = (text,)
    return Form(fields=fields, uploads=uploads)


_SECRETS = frozenset({"password", "again", "old"})


def _clean(text: str) -> str:
    lines = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_kept(lines)).strip()


def _kept(text: str) -> Iterable[str]:
    return (c for c in text if c in "\n\t" or (ord(c) >= 32 and ord(c) != 127 and not 0xD800 <= ord(c) <= 0xDFFF))
