"""A check of a repository as JSON, for programs."""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan import __version__
from bartizan.devcheck.finding import Checked, Finding


def document(checked: Checked, lapsed: tuple[str, ...] = ()) -> str:
    """Everything that was found, what was allowed, and what was looked at. No value of a secret is in it."""
    made = {
        "bartizan_devcheck": 1,
        "version": __version__,
        "root": _plain(checked.root),
        "head": checked.head,
        "digest": checked.digest,
        "files": checked.files,
        "lines": checked.lines,
        "commits": checked.commits,
        "history_note": checked.history_note,
        "findings": [_finding(one) for one in checked.open],
        "allowed": [_finding(one) for one in checked.waived],
        "lapsed": lapsed,
        "left_out": [_plain(one) for one in checked.left_out],
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def _finding(one: Finding) -> dict[str, Any]:
    made = {
        "level": one.level,
        "rule": one.rule.id,
        "title": one.rule.title,
        "path": _plain(one.path),
        "line": one.line,
        "cell": one.cell,
        "commit": one.commit,
        "what": one.what,
        "why": one.rule.why,
        "fix": one.rule.fix,
        "references": one.rule.refs,
        "controls": one.rule.controls,
    }
    if one.waived:
        made |= {"because": one.waived, "allowed_at": _plain(one.waived_by)}
    return made


def _plain(text: str) -> str:
    """Names that are no Unicode with a question mark for what is none."""
    return text.encode("utf-8", "replace").decode()
