"""Serve the web application: the register opened, the first link printed, uvicorn started."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import uvicorn

from bartizan.core.errors import BartizanError, InputError, Problem
from bartizan.register.opening import open_register
from bartizan.web.app import create_app
from bartizan.web.oidc import provider_of
from bartizan.web.site import LOOPBACK, Site
from bartizan.workflows.accounts import first_link
from bartizan.workflows.assess import Options
from bartizan.workflows.clockwork import Clockwork
from bartizan.workflows.desk import Desk
from bartizan.workflows.gateway_desk import TOKEN, GatewayDesk
from bartizan.workflows.jobs import Worker


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for on the command line."""

    place: str
    host: str = "127.0.0.1"
    port: int = 8400
    names: tuple[str, ...] = ()
    behind_proxy: bool = False
    proxies: tuple[str, ...] = ()
    catalog_folders: tuple[Path, ...] = ()
    scales: Path | None = None
    gateway: str = ""
    """Where the admin API of a gateway is; empty: none is shown."""


class PortTaken(BartizanError):
    """Another program listens there."""


def serve(asked: Asked, environment: Mapping[str, str], say: Callable[[str], object]) -> None:
    """Serve until stopped. Raises InputError for an address that must not be served without TLS, PortTaken."""
    check_address(asked)
    provider = provider_of(environment)
    gateway = GatewayDesk(asked.gateway, environment.get(TOKEN, "")) if asked.gateway else None
    register = open_register(asked.place)
    try:
        options = Options(catalog_folders=asked.catalog_folders, scales=asked.scales)
        site = Site(
            desk=Desk(register, options),
            hosts=hosts_of(asked),
            secure=asked.behind_proxy,
            provider=provider,
            gateway=gateway,
        )
        listening = listening_at(asked.host, asked.port)
        with listening:
            at = address(asked, listening.getsockname()[1])
            say(f"Bartizan serves {register.place} at {at}")
            if secret := first_link(register):
                say("There is no administrator yet. Make one within an hour, by this link, which works once:")
                say(f"  {at}/link#{secret}")
            say("Stop it with Ctrl C.")
            server = uvicorn.Server(configuration(site, asked))  # before any thread begins: see `core/ready.py`
            with working(site.desk):
                server.run(sockets=[listening])
    finally:
        register.close()


@contextmanager
def working(desk: Desk) -> Iterator[None]:
    """Do long work meanwhile, and what happens by itself; what is under way at the end goes on at the next start."""
    worker, clockwork = Worker(desk), Clockwork(desk)
    worker.start()
    clockwork.start()
    try:
        yield
    finally:
        clockwork.stop()
        worker.stop()


def check_address(asked: Asked) -> None:
    """Raise InputError where passwords would cross a network in the clear."""
    refuse_open_address(asked.host, behind_proxy=asked.behind_proxy)


def refuse_open_address(host: str, *, behind_proxy: bool) -> None:
    """Raise InputError for an address that others reach without TLS."""
    if behind_proxy or is_loopback(host):
        return
    finding = f"'{host}' can be reached from other machines, and this server does not speak TLS itself"
    fix = "put a proxy with TLS in front and say --behind-proxy, or listen on 127.0.0.1"
    raise InputError([Problem(file="--host", finding=finding, fix=fix)])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def hosts_of(asked: Asked) -> frozenset[str]:
    """The names to answer to: this machine's own, and those that were named."""
    return frozenset({*LOOPBACK, *(name.strip().lower().rstrip(".") for name in asked.names)})


def address(asked: Asked, port: int) -> str:
    """Where people find it."""
    if asked.behind_proxy and asked.names:
        return f"https://{asked.names[0]}"
    host = asked.host if is_loopback(asked.host) else "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def configuration(site: Site, asked: Asked) -> uvicorn.Config:
    """How uvicorn runs. Its own access log is off: it would print queries, ours never does."""
    _log_to_screen()
    return uvicorn.Config(
        create_app(site),
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=asked.behind_proxy,
        forwarded_allow_ips=list(asked.proxies or ("127.0.0.1", "::1")) if asked.behind_proxy else None,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=64 * 1024,
        ws="none",
    )


def _log_to_screen() -> None:
    """Lines of the web application to standard error, with their time; of others only warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("bartizan.web").setLevel(logging.INFO)


def listening_at(host: str, port: int) -> socket.socket:
    """The socket, listening before anything is printed, so that what is printed is true."""
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((bare, port))
        made.listen(2048)
    except OSError as error:
        made.close()
        why = (error.strerror or str(error)).lower()
        raise PortTaken(f"cannot listen on {host} port {port}: {why}; name another with --port") from None
    return made
