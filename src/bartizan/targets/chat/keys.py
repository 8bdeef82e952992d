"""Secrets that a service wants to see in a request's headers: read from the environment, sent, and shown nowhere."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from bartizan.core.chat import Reply, ToolCall
from bartizan.core.errors import Problem
from bartizan.targets.place import Place

_HIDDEN = "[secret]"
_SHORTEST = 8
"""Characters of a secret: what is shorter is none, and would be found in words that a model says."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class Keys:
    """Headers with secrets in them. Its repr has none."""

    def __init__(
        self, headers: Mapping[str, str] | None = None, secrets: tuple[str, ...] = (), named: str = ""
    ) -> None:
        self.headers = dict(headers or {})
        """To be sent; never to be shown."""
        self.named = named
        """The environment variables that they are from."""
        words = {word for secret in secrets for word in (secret, *secret.split()) if len(word) >= _SHORTEST}
        forms = {form for word in words for form in (word, quote(word, safe=""))}
        self._forms = sorted(forms, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"Keys(named={self.named!r})"

    def hidden(self, text: str) -> str:
        """The text without them."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, _HIDDEN)
        return text

    def kept_out_of(self, reply: Reply) -> Reply:
        """A reply without them, where a service sends back what it was sent."""
        said = reply.message
        if not self._forms or not (self._in(said.text) or said.calls or self._in(reply.finish)):
            return reply
        calls = tuple(self._call(call) for call in said.calls)
        message = msgspec.structs.replace(said, text=self.hidden(said.text), calls=calls)
        return msgspec.structs.replace(reply, message=message, finish=self.hidden(reply.finish))

    def _in(self, text: str) -> bool:
        return any(form in text for form in self._forms)

    def _call(self, call: ToolCall) -> ToolCall:
        return ToolCall(
            id=self.hidden(call.id),
            name=self.hidden(call.name),
            arguments=self._walked(call.arguments),
            broken=self.hidden(call.broken),
        )

    def _walked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.hidden(value)
        if isinstance(value, dict):
            return {self.hidden(key): self._walked(part) for key, part in value.items()}
        return [self._walked(part) for part in value] if isinstance(value, list) else value


def keys_of(
    token_env: str, headers: Mapping[str, str], place: Place, *, header: str = "authorization", scheme: str = "Bearer "
) -> tuple[Keys, list[Problem]]:
    """The headers that a description asks for, and what is wrong with them. No problem's text holds a value."""
    problems: list[Problem] = []
    found: dict[str, str] = {}
    secrets: list[str] = []
    wanted = [("token_env", header, token_env, scheme)] if token_env else []
    wanted += [("headers", name, variable, "") for name, variable in headers.items()]
    for key, name, variable, before in wanted:
        problem = _fault(place, key, name, variable)
        if problem is not None:
            problems.append(problem)
            continue
        value = os.environ[variable].strip()
        found[name] = before + value
        secrets.append(value)
    named = " and ".join(sorted({variable for _, _, variable, _ in wanted}))
    return Keys(found, tuple(secrets), named), problems


def _fault(place: Place, key: str, header: str, variable: str) -> Problem | None:
    if not _VARIABLE.fullmatch(variable):
        return place.problem(
            key, "this is no name of an environment variable", "put the secret into one, and its name here"
        )
    if not _HEADER.fullmatch(header):
        return place.problem(key, f"'{header}' is no name of a header", "write it as in 'X-Api-Key'")
    value = os.environ.get(variable, "").strip()
    if not value:
        return place.problem(key, f"the environment variable {variable} is not set", f"set {variable} to the secret")
    if not value.isascii() or not value.isprintable() or (key == "token_env" and " " in value):
        return place.problem(key, f"what is in {variable} is no key", "a key is one word of plain characters")
    return None
