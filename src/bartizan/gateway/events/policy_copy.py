"""The settings that held, under a digest that events name, so that an incident can be read against them later."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from bartizan.core.chain import canonical, digest
from bartizan.core.source import write_atomic
from bartizan.gateway.settings import Settings

_SECRET = re.compile(r"(^|_)(key|keys|secret|secrets|password|token|tokens|hash|salt|redis)$")
_PLACE = ("env:", "file:")
LEFT_OUT = "(left out)"


def policy_of(settings: Settings) -> tuple[str, str]:
    """(SHA-256, the settings as canonical JSON). What may be a secret is left out; where one lies is not."""
    text = canonical(_without_secrets(msgspec.to_builtins(settings)))
    return digest(text), text


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            str(name): _hidden(part) if _SECRET.search(str(name).lower()) else _without_secrets(part)
            for name, part in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_without_secrets(part) for part in value]
    return value


def _hidden(value: Any) -> Any:
    """Texts under a name that sounds like a secret: only places of secrets, numbers and yes or no stay."""
    if isinstance(value, str):
        return value if not value or value.startswith(_PLACE) else LEFT_OUT
    if isinstance(value, Mapping):
        return {str(name): _hidden(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden(part) for part in value]
    return value


def keep_policy(root: Path, name: str, text: str) -> None:
    """Put a copy into the ledger's folder. Raises InputError where it cannot be written."""
    file = root / "policies" / f"{name}.json"
    if not file.exists():
        write_atomic(file, text)


def read_policy(root: Path, name: str) -> str | None:
    """The copy of that digest; None where there is none, or it is not what the digest says."""
    if re.fullmatch(r"[0-9a-f]{64}", name) is None:
        return None
    try:
        text = (root / "policies" / f"{name}.json").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return text if digest(text) == name else None
