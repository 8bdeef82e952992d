"""The playground's folder: its switches, a description to assess and test, and the code that this description names.

playground.yaml   which weaknesses are on, and which mind
system.yaml       the description; its digests of the configuration follow the switches
larch.py          the assistants in process, as playground.yaml says
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import msgspec

from bartizan.core.errors import InputError, nearest
from bartizan.core.shape import to_value
from bartizan.core.source import read_text, read_yaml, write_atomic
from bartizan.playground.weaknesses import ALL_ON, WEAKNESSES, Mind, Switches

SWITCHES, SYSTEM = "playground.yaml", "system.yaml"
_FIXED = {"larch.py": "larch.py.txt", "desk-tasks.yaml": "desk-tasks.yaml", "agent-tasks.yaml": "agent-tasks.yaml"}
"""File -> where its content is in the package; the same for all switches."""
_DIGEST = re.compile(r"(?P<head>\bdigests:\s*\{\s*configuration:\s*)(?P<quote>['\"]?)sha256:[0-9a-f]{64}(?P=quote)")


class SwitchFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """playground.yaml. A weakness that is not named is on."""

    mind: Mind = "scripted"
    mind_at: str = ""
    weaknesses: dict[str, bool] = {}


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a folder."""

    wrote: tuple[Path, ...]
    renewed: int
    """Digests in system.yaml that changed."""
    differs: tuple[Path, ...]
    """Files that were left as they are because somebody changed them."""


def read_switches(folder: Path) -> Switches:
    """What playground.yaml in a folder says. Raises InputError with every problem."""
    document = read_yaml(folder / SWITCHES)
    told = to_value(document, SwitchFile)
    problems = [
        document.problem(("weaknesses", name), f"there is no weakness '{name:.60}'", nearest(name, ALL_ON))
        for name in told.weaknesses
        if name not in ALL_ON
    ]
    if problems:
        raise InputError(problems)
    off = {name for name, is_on in told.weaknesses.items() if not is_on}
    return Switches(on=ALL_ON - off, mind=told.mind, mind_at=told.mind_at)


def switches_text(switches: Switches) -> str:
    """playground.yaml for these switches."""
    lines = ["# The playground's weaknesses: on or off. After a change by hand: bartizan playground --no-serve"]
    lines += [f"mind: {switches.mind}  # scripted or smollm2"]
    lines += [f"mind_at: {switches.mind_at}"] if switches.mind_at else []
    lines += ["weaknesses:"]
    width = max(len(one.id) for one in WEAKNESSES) + 5
    lines += [
        f"  {one.id + ': ' + ('on' if one.id in switches.on else 'off'):<{width}}  # {one.title}" for one in WEAKNESSES
    ]
    return "\n".join(lines) + "\n"


def system_text(switches: Switches) -> str:
    """system.yaml for these switches."""
    return _data("system.yaml").replace("@digest@", f"sha256:{switches.digest}")


def _data(name: str) -> str:
    return (resources.files("bartizan.playground") / "data" / name).read_text("utf-8")


def keep(folder: Path, switches: Switches) -> Kept:
    """Write the folder's files. What somebody changed stays as it is, but for the digests in system.yaml.

    Raises InputError where a file cannot be read or written.
    """
    wrote: list[Path] = []
    differs: list[Path] = []
    renewed = 0
    files = {SWITCHES: switches_text(switches), **{name: _data(source) for name, source in _FIXED.items()}}
    for name, fresh in files.items():
        path = folder / name
        if name in _FIXED and path.exists() and read_text(path) != fresh:
            differs.append(path)
        elif not path.exists() or read_text(path) != fresh:
            write_atomic(path, fresh)
            wrote.append(path)
    system, fresh = folder / SYSTEM, system_text(switches)
    if not system.exists():
        write_atomic(system, fresh)
        return Kept(wrote=(*wrote, system), renewed=0, differs=tuple(differs))
    old = read_text(system)
    new, renewed = with_digest(old, switches.digest)
    if new != fresh:
        differs.append(system)
    if new != old:
        write_atomic(system, new)
    return Kept(wrote=tuple(wrote), renewed=renewed, differs=tuple(differs))


def with_digest(text: str, digest: str) -> tuple[str, int]:
    """(a description with the digests of its configuration renewed, how many changed). Nothing else is touched."""
    changed = 0

    def renew(found: re.Match[str]) -> str:
        nonlocal changed
        quote = found["quote"] or "'"
        fresh = f"{found['head']}{quote}sha256:{digest}{quote}"
        changed += fresh != found[0]
        return fresh

    return _DIGEST.sub(renew, text), changed
