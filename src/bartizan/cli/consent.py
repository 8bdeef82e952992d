"""`bartizan consent`: who agreed to what, in which words, and which rows may be used because of it."""

from __future__ import annotations

from typing import Final

import click

from bartizan.cli.lazy import Commands, LazyGroup

_COMMANDS: Final[Commands] = {
    "open": ("bartizan.cli.consent_ledger:open_", "Begin a ledger of consent"),
    "declare": ("bartizan.cli.consent_ledger:declare", "Enter purposes, and the words in which people are asked"),
    "give": ("bartizan.cli.consent_acts:give", "Somebody agrees to a purpose"),
    "withdraw": ("bartizan.cli.consent_acts:withdraw", "Somebody takes consent back; names what holds their data"),
    "object": ("bartizan.cli.consent_acts:object_", "Somebody objects to what does not rest on consent"),
    "import": ("bartizan.cli.consent_acts:import_", "Enter what many people did, from a CSV file"),
    "receipt": ("bartizan.cli.consent_acts:receipt", "What a person gets of what they gave (ISO/IEC TS 27560)"),
    "show": ("bartizan.cli.consent_ledger:show", "What stands in a ledger, of everybody or of one person"),
    "verify": ("bartizan.cli.consent_ledger:verify_", "Was anything in it changed?"),
    "filter": ("bartizan.cli.consent_filter:filter_", "The rows of a table that may be used for a purpose"),
    "trained": ("bartizan.cli.consent_filter:trained", "Enter that a model learned from data sets"),
}


@click.group(cls=LazyGroup, commands_at=_COMMANDS)
def consent() -> None:
    """Keep what people agreed to, by purpose and in which words, and let only that data be used.

    People stand in the ledger under pseudonyms that only the key can make. Nothing here is legal advice.
    """
