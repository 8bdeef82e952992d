"""The guards of a policy, to be put around things."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any, TypeVar

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Trust
from bartizan.gateway.app import Gateway
from bartizan.gateway.events.ledger import Ledger, NoLedger
from bartizan.gateway.library.application import GuardedApplication
from bartizan.gateway.library.client import Around, Others, guarded_client, library_of
from bartizan.gateway.library.function import guarded
from bartizan.gateway.library.home import Home
from bartizan.gateway.library.known import service_for
from bartizan.gateway.library.talk import App, Supplier, Talk
from bartizan.gateway.opening import Shared
from bartizan.gateway.policy import Policies
from bartizan.gateway.reading import parse_settings, read_settings
from bartizan.gateway.settings import Settings, Speaks

_NOBODY = Caller()
F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C")
_NOWHERE = 'upstreams: {here: {url: "http://localhost"}}\nmodels: {"*": {upstreams: [here]}}\n'
_VENDORS: dict[str, Speaks] = {"openai": "openai", "anthropic": "anthropic"}


class Guards:
    """What stands in a gateway.yaml under ``guards`` and ``policies``, with its memory and its events.

    Its upstreams are not asked. All that is put around things from one of these counts together, across threads and
    loops; an application counts apart, in its server's loop. Close it when the program ends, or use it with ``with``.
    """

    def __init__(self, settings: Settings, bench: Bench | None = None) -> None:
        """``bench``: what guards work with, in place of what the settings name; then no events are written.

        Raises BartizanError for a secret that is not there.
        """
        self.settings = settings
        self._given = bench
        self._shared = Shared(settings) if bench is None else None
        self.bench = self._shared.bench if self._shared is not None else bench or Bench()
        self._ledger: Ledger = self._shared.monitoring.ledger if self._shared is not None else NoLedger()
        self.policies = Policies(settings, self.bench)
        self._home = Home(self._shared)

    @classmethod
    def read(cls, file: str | Path, bench: Bench | None = None) -> Guards:
        """Those of a file. Raises InputError with all of its problems."""
        return cls(read_settings(file), bench)

    @classmethod
    def parse(cls, text: str, bench: Bench | None = None) -> Guards:
        """Those of a text that has ``guards`` and maybe ``policies``, and needs no upstreams. Raises InputError."""
        whole = text if "upstreams:" in text else _NOWHERE + text
        return cls(parse_settings(whole, "guards"), bench)

    def __enter__(self) -> Guards:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Write what is not written yet, and end. May be called again; nothing passes guards that are closed."""
        self._home.close()

    def around(self, function: F, *, model: str = "function", caller: Caller = _NOBODY, trust: Trust = "user") -> F:
        """The function, with guards before and after it: text in, text out, synchronous or not.

        A call raises Blocked where a guard does not let it pass. Guards that find out who is asking are not asked: the
        caller is who the program says.
        """
        made = guarded(
            function, self.policies, self.bench, self._home, self._ledger, model=model, caller=caller, trust=trust
        )
        return made  # type: ignore[return-value]

    def client(self, client: C, *, caller: Caller = _NOBODY, supplier: str = "client", others: Others = "refuse") -> C:
        """A copy of an official client (openai or anthropic, asynchronous or not) that asks by way of the guards.

        Its key, address, proxies, timeouts and retries stay. Answers stream. What a guard blocks, the client raises as
        its own error, such as PermissionDeniedError. ``supplier``: its name for guards with rules by supplier, and
        among the settings' upstreams, whose region and retention hold for it. ``others``: what happens to paths that no
        guard can read, such as files and audio: a NotFoundError, or they pass unread. Raises TypeError for another
        client.
        """
        vendor = next((one.__module__.partition(".")[0] for one in type(client).__mro__), "")
        copy, inner = getattr(client, "with_options", None), getattr(client, "_client", None)
        if vendor not in _VENDORS or copy is None or inner is None:
            raise TypeError(f"{type(client).__name__} is no client of openai or anthropic")
        base = str(client.base_url)  # type: ignore[attr-defined]
        http = self.http(inner, base, speaks=_VENDORS[vendor], caller=caller, supplier=supplier, others=others)
        return copy(http_client=http)  # type: ignore[no-any-return]

    def http(
        self,
        client: C,
        at: str,
        *,
        speaks: Speaks = "openai",
        caller: Caller = _NOBODY,
        supplier: str = "client",
        others: Others = "refuse",
    ) -> C:
        """A client like this one of httpx or httpx2, for libraries that take one, that asks by way of the guards.

        ``at``: the address of the API's root, as its clients are told it: https://api.openai.com/v1 or
        https://api.anthropic.com. What goes elsewhere is refused, or with ``others="pass"`` goes unread. Raises
        TypeError for another client.
        """
        kit = library_of(client)
        known = self.settings.upstreams.get(supplier)

        def app(talk: Talk) -> App:
            mine = {supplier: Supplier(supplier, speaks, known, talk)}
            service = service_for(mine, policies=self.policies, bench=self.bench, ledger=self._ledger, caller=caller)
            return Gateway(service, self.settings)

        around = Around(
            home=self._home,
            app=app,
            inner=client,
            kit=kit,
            base=kit.URL(at).path.rstrip("/"),
            speaks=speaks,
            others=others,
        )
        return guarded_client(around)  # type: ignore[no-any-return]

    def application(
        self,
        app: App,
        *,
        caller: Callable[[MutableMapping[str, Any]], Caller] | None = None,
        prefix: str = "",
        others: Others = "pass",
    ) -> App:
        """An ASGI application that serves model routes itself, with guards before and after them.

        ``caller``: tells who is asking from a request's scope; None: the guards find out. ``prefix``: the path under
        which the model routes lie. ``others``: whether its other paths pass untouched. A path that is a model's route
        spelt in another way is refused.
        """
        shared = Shared(self.settings) if self._given is None else None
        bench = self.bench if shared is None else shared.bench
        return GuardedApplication(
            app,
            self.settings,
            shared,
            Policies(self.settings, bench),
            bench,
            caller=caller,
            prefix=prefix,
            others=others,
        )
