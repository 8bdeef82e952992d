"""Commands that look for proof that a control is in place, and write it as evidence: files, tables, repositories.

What attacks, hardens or guards a model is in the lab's own list; these checks need files only.
"""

from __future__ import annotations

from typing import Final

import msgspec

from bartizan.core.terms import ControlId


class Proving(msgspec.Struct, frozen=True, kw_only=True):
    """A command, and what it proves of controls."""

    command: str
    """As it is typed, without its options."""
    controls: tuple[ControlId, ...]
    looks: str
    """What it looks at, in a line."""

    @property
    def line(self) -> str:
        """How evidence is got from it."""
        return f"bartizan {self.command} --evidence FILE --at COMPONENT"


def _proving(command: str, looks: str, *controls: str) -> Proving:
    return Proving(command=command, controls=tuple(map(ControlId, controls)), looks=looks)


PROVINGS: Final = (
    _proving("consent filter", "whether people and declarations let rows of a table be used", "allowed_data"),
    _proving("fairness measure", "whether groups of people fare alike, within set limits", "unwanted_bias_testing"),
    _proving(
        "fairness watch",
        "whether decisions stay as good as they were, for everybody and each group",
        *("continuous_validation", "unwanted_bias_testing"),
    ),
    _proving("scan", "whether files of models do anything but hold a model", "supply_chain_manage"),
    _proving(
        "verify", "whether a model is what somebody you trust signed", "supply_chain_manage", "runtime_model_integrity"
    ),
    _proving("bom", "whether models, data and libraries have hashes, and licences that agree", "supply_chain_manage"),
    _proving(
        "devcheck",
        "what a model's code gives away, loads and fetches",
        *("dev_security", "discrete", "segregate_data", "supply_chain_manage"),
    ),
    _proving("data access", "whether data is reached by those who should reach it", "segregate_data"),
    _proving("data allowed", "whether a table may be used for a purpose, as declared", "allowed_data"),
    _proving("data anonymity", "how far a table hides people among others", "obfuscate_training_data"),
    _proving("data check", "whether a table or images are fit to learn from", "data_quality_control"),
    _proving("data minimise", "which columns of a table a task does not need, or not as fine", "data_minimize"),
    _proving("data profile", "which columns of tables hold personal data or secrets", "obfuscate_training_data"),
    _proving("data protect", "whether a table is as anonymous as its plan asks", "obfuscate_training_data"),
    _proving("data retain", "whether data is kept longer than its rules say", "short_retain"),
)
"""All of them. A contract test runs over each."""


def provings(control: ControlId) -> tuple[Proving, ...]:
    """Those that look for proof of a control."""
    return tuple(one for one in PROVINGS if control in one.controls)
