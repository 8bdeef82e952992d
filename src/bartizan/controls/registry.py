"""All controls with code, by name. A new one is a module under its catalogue id and a line here."""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.controls.family import Control

CONTROLS: tuple[type[Control], ...] = ()


def _name(control: type[Control]) -> str:
    return f"{control.id}/{control.variant}" if control.variant else control.id


_BY_NAME = {_name(control): control for control in CONTROLS}


def control_names() -> tuple[str, ...]:
    """The names of all controls with code: the id in the catalogue, with the variant after a slash where it has any."""
    return tuple(_BY_NAME)


def control_called(name: str, parameters: dict[str, Any] | None = None) -> Control:
    """The control of that name with these parameters, the others as they are by default.

    Raises KeyError for an unknown name, msgspec.ValidationError or ValueError for a parameter that is wrong.
    """
    return msgspec.convert(parameters or {}, _BY_NAME[name], strict=True)


def control_type(name: str) -> type[Control]:
    """The code of that name. Raises KeyError."""
    return _BY_NAME[name]
