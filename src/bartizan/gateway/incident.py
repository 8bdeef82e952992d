"""An incident bundle: what happened in an exchange, a session or a span of time, with the proof that it is what was
written down. A zip file; the same ledger and question give the same bytes.

    summary.md       for a person
    events.jsonl     the entries, line by line as they lie in the ledger
    proof.json       for each: the hash before it; the seals; what checking the whole ledger found
    policies/        the settings that held, by their digests, without secrets
    content/         requests and answers, only where a key is given
    files.json       the SHA-256 of all other files

Anybody can check an entry: ``hash = SHA-256(hash before, followed by the entry's bytes)``.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bartizan.core.errors import Conflict, InputError, NotFound, Problem, printable
from bartizan.core.source import write_atomic
from bartizan.gateway.events.content import read_content
from bartizan.gateway.events.event import Event
from bartizan.gateway.events.lines import Line, chain_names, kept_segments, raw_lines, read_line
from bartizan.gateway.events.policy_copy import read_policy
from bartizan.gateway.events.reading import Wanted
from bartizan.gateway.events.seals import read_seal
from bartizan.gateway.events.verifying import Verified, verify_ledger
from bartizan.gateway.incident_summary import summary_of

MOST_EVENTS = 10_000
_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_PRETTY = msgspec.json.Encoder(order="sorted")


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the bundle, and what stood before it."""

    raw: bytes
    before: str
    line: Line
    event: Event


def export_incident(
    root: str | Path, wanted: Wanted, file: str | Path, *, seal_key: bytes, content_key: bytes = b""
) -> int:
    """Write a bundle, whole or not at all; how many exchanges it has.

    Raises NotFound where there is none, InputError where there are too many or the file cannot be written, OSError
    where the ledger cannot be read.
    """
    folder = Path(root)
    taken = _taken(folder, wanted)
    if not taken:
        raise NotFound("no exchange in the ledger is meant by that")
    files = _files(folder, taken, wanted, verify_ledger(folder, seal_key), content_key)
    write_atomic(file, _zipped(files))
    return len(taken)


def _taken(root: Path, wanted: Wanted) -> list[Taken]:
    out: list[Taken] = []
    for before, raw, line in _lines(root):
        if isinstance(line.entry, Event) and wanted.takes(line.entry):
            if len(out) >= MOST_EVENTS:
                problem = Problem(file=str(root), finding=f"more than {MOST_EVENTS} exchanges", fix="ask for less")
                raise InputError([problem])
            out.append(Taken(raw=raw, before=before, line=line, event=line.entry))
    return sorted(out, key=lambda one: (one.event.at, one.event.chain, one.event.seq))


def _lines(root: Path) -> Iterator[tuple[str, bytes, Line]]:
    for name in chain_names(root):
        seal = read_seal(root / "chains" / name)
        before = seal.base.hash if seal is not None else ""
        for _, segment in kept_segments(root / "chains" / name, seal.base.seq if seal is not None else 0):
            for _, raw in raw_lines(segment):
                line = read_line(raw.rstrip(b"\n"))
                if line is not None and raw.endswith(b"\n"):
                    yield before, raw, line
                    before = line.hash


def _files(root: Path, taken: list[Taken], wanted: Wanted, verified: Verified, key: bytes) -> dict[str, bytes]:
    files = {
        "events.jsonl": b"".join(one.raw for one in taken),
        "proof.json": _pretty(
            {
                "entries": [
                    {"chain": one.event.chain, "seq": one.event.seq, "before": one.before, "hash": one.line.hash}
                    for one in taken
                ],
                "seals": {name: read_seal(root / "chains" / name) for name in sorted({t.event.chain for t in taken})},
                "checked": verified,
            }
        ),
    }
    for name in sorted({one.event.policy for one in taken}):
        text = read_policy(root, name)
        if text is not None:
            files[f"policies/{name}.json"] = text.encode()
    missing: list[str] = []
    if key:
        files |= _contents(root, taken, key, missing)
    files["summary.md"] = summary_of([one.event for one in taken], wanted, verified, missing, bool(key)).encode()
    files["files.json"] = _pretty({name: hashlib.sha256(raw).hexdigest() for name, raw in sorted(files.items())})
    return files


def _contents(root: Path, taken: list[Taken], key: bytes, missing: list[str]) -> dict[str, bytes]:
    files = {}
    for one in taken:
        if one.event.content is None or _NAME.fullmatch(one.event.id) is None:
            continue
        try:
            content = read_content(root, one.event, key)
        except (NotFound, Conflict) as error:
            missing.append(str(error))
            continue
        files[f"content/{one.event.id}.request"] = content.came
        files[f"content/{one.event.id}.answer"] = content.left
    return files


def _pretty(value: object) -> bytes:
    return msgspec.json.format(_PRETTY.encode(value), indent=1) + b"\n"


def _zipped(files: dict[str, bytes]) -> bytes:
    """The same files give the same bytes: in order, with one date, stored as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, raw in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o640 << 16
            entry.create_system = 3
            archive.writestr(entry, raw)
    return out.getvalue()


def check_incident(file: str | Path) -> list[str]:
    """What is wrong with a bundle by itself; empty: each entry follows from the hash before it and no file was changed.

    Whether those hashes are the ledger's, only the ledger or an anchor tells. Raises InputError where it is no bundle.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            files = {name: archive.read(name) for name in names}
        listed = msgspec.json.decode(files["files.json"], type=dict[str, str])
        proof = msgspec.json.decode(files["proof.json"])["entries"]
        lines = files["events.jsonl"].splitlines()
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, msgspec.DecodeError, NotImplementedError) as error:
        finding = f"this is no incident bundle ({type(error).__name__})"
        raise InputError([Problem(file=str(file), finding=finding)]) from None
    faults = [f"{printable(name)} is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    for name in sorted({*listed, *files} - {"files.json"}):
        if name not in files or hashlib.sha256(files[name]).hexdigest() != listed.get(name):
            faults.append(f"{printable(name)} is not the file that was put in")
    return faults + _links(proof, lines)


def _links(proof: list[dict[str, Any]], lines: list[bytes]) -> list[str]:
    if len(proof) != len(lines):
        return ["events.jsonl and proof.json are not about the same entries"]
    faults = []
    for i, (said, raw) in enumerate(zip(proof, lines, strict=True), 1):
        line = read_line(raw)
        before = str(said.get("before"))
        if line is None or said.get("hash") != line.hash or said.get("seq") != line.entry.seq:
            faults.append(f"line {i} is not the entry that the proof is about")
        elif hashlib.sha256(before.encode() + line.body).hexdigest() != line.hash:
            faults.append(f"the hash of line {i} does not follow from its text")
    return faults
