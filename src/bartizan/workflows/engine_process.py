"""Another scanner in a process of its own: what it may know, whom it may call, and how long it may take.

It gets none of this process's environment but what it needs, and one key. A hook that its Python loads first
(`sys.addaudithook`) refuses every address but the target's, and asks for no other name; what a library opens below
Python is not seen by it, so requests by a proxy's rules lead nowhere as well. It is no sandbox: the engine is a program
that its user installed.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from bartizan.core.errors import printable
from bartizan.targets.chat.keys import Keys

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "HF_HOME", "NLTK_DATA")
_GRACE = 5.0
"""Seconds that it has to end after it was asked to."""
_REMEMBERED = 8
_PORTS = {"http": 80, "https": 443}
GUARD = """\
import os
import sys

_host, _port = os.environ["BARTIZAN_ENGINE_HOST"], int(os.environ["BARTIZAN_ENGINE_PORT"])
_known = {_host, None, ""}


def _hook(event, told):
    if event == "socket.getaddrinfo":
        name = told[0].decode() if isinstance(told[0], bytes) else told[0]
        if name not in _known:
            raise PermissionError(f"only {_host} may be called, not {name}")
    elif event in ("socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto", "socket.connect"):
        place = told[-1]
        name, port = (place[0], place[1]) if isinstance(place, tuple) else (place, _port)
        if isinstance(place, (str, bytes)) and event in ("socket.connect", "socket.sendto"):
            return  # a socket in the file system
        if name not in _known or port != _port:
            raise PermissionError(f"only {_host}:{_port} may be called, not {name}:{port}")


def _addresses():
    import socket

    try:
        return {found[4][0] for found in socket.getaddrinfo(_host, _port)}
    except OSError:
        return set()


_known |= _addresses()
sys.addaudithook(_hook)
"""
"""What the engine's Python runs before anything else, as `sitecustomize`. Plain Python of any version it may have."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended."""

    status: int | None
    """Its exit status; None where its time was over."""
    last: tuple[str, ...]
    """Its last lines, printable and without keys."""


def environment(url: str, folder: Path, own: Mapping[str, str]) -> dict[str, str]:
    """All that an engine's process knows of its surroundings; ``folder`` gets the guard, and what the engine writes."""
    guard = folder / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    cache = Path(kept.get("HOME", str(folder))) / ".cache" / "huggingface"
    nowhere = "http://127.0.0.1:9"
    return {
        "HF_HOME": str(cache),
        **kept,
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(guard),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "BARTIZAN_ENGINE_HOST": host,
        "BARTIZAN_ENGINE_PORT": str(port),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), nowhere),
        "NO_PROXY": host,
        "no_proxy": host,
        **{f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "CACHE", "STATE")},
        **own,
    }


def run_process(
    command: list[str],
    folder: Path,
    variables: Mapping[str, str],
    seconds: float,
    told: Callable[[str], None],
    keys: Keys,
) -> Ended:
    """Run it to its end, or to that of its time. Whatever happens here, nothing of it goes on running.

    ``told`` gets each line that it prints, bars of progress included, from a thread of its own.
    """
    last: deque[str] = deque(maxlen=_REMEMBERED)
    process = subprocess.Popen(  # noqa: S603 -- the program that the user named, without a shell
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )

    def read() -> None:
        for line in _lines(process):
            shown = printable(keys.hidden(line), 200)
            last.append(shown)
            told(shown)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        status: int | None = process.wait(seconds)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        _end(process)
        reader.join(_GRACE)
    return Ended(status=status, last=tuple(last))


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """What it prints, by lines; a bar of progress draws each of its states over the one before."""
    assert process.stdout is not None
    rest = ""
    with process.stdout as stream:
        while piece := os.read(stream.fileno(), 65_536):
            *whole, rest = re.split(r"[\r\n]+", rest + piece.decode("utf-8", "replace"))
            yield from filter(str.strip, whole)
            rest = rest[-10_000:]
    yield from filter(str.strip, [rest])


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
