"""A scan as JSON, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from bartizan import __version__
from bartizan.supply.scan.finding import Finding, Scanned, worst


def document(scanned: Sequence[Scanned]) -> str:
    """Every file with all that was found in it. Offsets count bytes from the beginning of the member, unpacked."""
    looked = tuple(one for one in scanned if one.formats != ("skipped",))
    made = {
        "bartizan_scan": 1,
        "version": __version__,
        "verdict": worst(looked),
        "files": [_file(one) for one in looked],
        "left_out": [one.path for one in scanned if one.formats == ("skipped",)],
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def _file(one: Scanned) -> dict[str, Any]:
    return {
        "path": one.path.encode("utf-8", "replace").decode(),
        "verdict": one.verdict,
        "formats": one.formats,
        "size": one.size,
        "sha256": one.sha256,
        "members": one.members,
        "findings": [_finding(finding) for finding in one.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "level": finding.level,
        "rule": finding.rule.id,
        "title": finding.rule.title,
        "what": finding.what,
        "why": finding.rule.why,
        "references": finding.rule.refs,
        "member": finding.member,
        "offset": finding.offset,
    }
