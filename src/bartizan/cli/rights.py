"""`bartizan rights`: what people ask for of their data, in time, everywhere, with proof."""

from __future__ import annotations

from typing import Final

import click

from bartizan.cli.lazy import Commands, LazyGroup

_COMMANDS: Final[Commands] = {
    "open": ("bartizan.cli.rights_requests:open_", "Enter what somebody asks for, and when it came"),
    "list": ("bartizan.cli.rights_requests:list_", "Requests and their deadlines; one with all its steps"),
    "identified": ("bartizan.cli.rights_requests:identified", "Note how somebody made sure who asks"),
    "extend": ("bartizan.cli.rights_requests:extend", "Move a deadline by two months, and note why"),
    "decline": ("bartizan.cli.rights_requests:decline", "Note why nothing is done"),
    "access": ("bartizan.cli.rights_data:access", "Write out all data of a person, or what they can take along"),
    "correct": ("bartizan.cli.rights_data:correct", "Put data right at its source; what was made from it"),
    "erase": ("bartizan.cli.rights_data:erase", "Erase a person everywhere: a plan, then a proof"),
    "restrict": ("bartizan.cli.rights_requests:restrict", "Let a person's data not be used, or not for a purpose"),
    "lift": ("bartizan.cli.rights_requests:lift", "Let it be used again, and note why"),
    "confirm": ("bartizan.cli.rights_requests:confirm", "Note what was done by hand at a place"),
    "verify": ("bartizan.cli.rights_requests:verify_", "Was the log, or a proof, changed?"),
}


@click.group(cls=LazyGroup, commands_at=_COMMANDS)
def rights() -> None:
    """Answer people who ask for their data, for its correction or erasure, or object to its use.

    Every step stands in a log, under a pseudonym that only the key can make. Nothing here is legal advice.
    """
