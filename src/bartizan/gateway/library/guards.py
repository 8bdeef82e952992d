"""The guards of a policy, to be put around things."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Trust
from bartizan.gateway.library.function import guarded
from bartizan.gateway.policy import Policies
from bartizan.gateway.reading import parse_settings, read_settings
from bartizan.gateway.settings import Settings

_NOBODY = Caller()
F = TypeVar("F", bound=Callable[..., Any])
_NOWHERE = 'upstreams: {here: {url: "http://localhost"}}\nmodels: {"*": {upstreams: [here]}}\n'


class Guards:
    """What stands in a gateway.yaml under ``guards`` and ``policies``; its upstreams are not asked."""

    def __init__(self, settings: Settings, bench: Bench | None = None) -> None:
        self.settings = settings
        self.bench = bench or Bench()
        self.policies = Policies(settings, self.bench)

    @classmethod
    def read(cls, file: str | Path, bench: Bench | None = None) -> Guards:
        """Those of a file. Raises InputError with all of its problems."""
        return cls(read_settings(file), bench)

    @classmethod
    def parse(cls, text: str, bench: Bench | None = None) -> Guards:
        """Those of a text that has ``guards`` and maybe ``policies``, and needs no upstreams. Raises InputError."""
        whole = text if "upstreams:" in text else _NOWHERE + text
        return cls(parse_settings(whole, "guards"), bench)

    def around(self, function: F, *, model: str = "function", caller: Caller = _NOBODY, trust: Trust = "user") -> F:
        """The function, with guards before and after it: text in, text out, synchronous or not.

        A call raises Blocked where a guard does not let it pass. Guards that find out who is asking are not asked: the
        caller is who the program says.
        """
        made = guarded(function, self.policies, self.bench, model=model, caller=caller, trust=trust)
        return made  # type: ignore[return-value]
