"""A verification as lines for a screen: the verdict, who signed what until when, and everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from bartizan.core.dates import in_words
from bartizan.core.errors import printable
from bartizan.core.moments import moment_in_words
from bartizan.supply.signing.verification import Flaw, Verification
from bartizan.supply.signing.watching import Event

_MOST = 30
"""Flaws that are shown."""


def terminal(found: Verification) -> str:
    """All of it; of very many flaws the first."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Verification) -> Iterator[str]:
    count = f"{len(found.flaws):,} problem{'' if len(found.flaws) == 1 else 's'}"
    verdict = "VERIFIED" if found.is_verified else f"NOT VERIFIED, {count}"
    yield f"{verdict}: {printable(found.model)}: {_files(found)}"
    yield from (f"  {line}" for line in flaw_lines(found.flaws))
    if found.name:
        yield f"  {'model' if found.is_authentic else 'model, by its own word'}: {_said(found)}"
    if found.is_authentic:
        identity = f", {found.identity}" if found.identity else ""
        when = f", on {in_words(found.signed_on)} by its clock" if found.signed_on else ""
        yield f"  signed by: {printable(found.signer)}{identity}, key {found.key}{when}"
    if found.digest:
        yield f"  digest: {found.digest}"
    if found.ignored:
        yield f"  left out, as the policy allows: {', '.join(found.ignored[:5])}" + (
            " ..." if found.ignored[5:] else ""
        )


def flaw_lines(flaws: tuple[Flaw, ...]) -> Iterator[str]:
    """A line for each flaw."""
    for flaw in flaws[:_MOST]:
        fix = f"; {flaw.fix}" if flaw.fix else ""
        yield f"{flaw.kind}: {f'{flaw.path}: ' if flaw.path else ''}{flaw.what}{fix}"
    if len(flaws) > _MOST:
        yield f"and {len(flaws) - _MOST:,} more; -f json shows all"


def event_text(event: Event) -> str:
    """A change, as a block of lines."""
    was = f", was {event.before}" if event.before else ""
    about = event.why or (f"{event.name}, digest {event.digest[:16]}" if event.digest else "")
    head = f"{moment_in_words(event.at)}: {event.state.upper()}{was}: {event.model}" + (f": {about}" if about else "")
    return "\n".join([head, *(f"  {line}" for line in flaw_lines(event.flaws))]) + "\n"


def _said(found: Verification) -> str:
    counter = f", counter {found.counter}" if found.counter is not None else ", no counter"
    until = f", until {in_words(found.expires)}" if found.expires else ", without end"
    return f"{found.name}{counter}{until}"


def _files(found: Verification) -> str:
    return f"{found.files:,} file{'' if found.files == 1 else 's'} as signed, {found.size:,} bytes read"
