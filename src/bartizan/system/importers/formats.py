"""Every format that can be imported: how it is recognised and what reads it. One line a format."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bartizan.core.source import Document
from bartizan.system.importers import cyclonedx, otm
from bartizan.system.importers.prefill import Imported


class Importer(msgspec.Struct, frozen=True):
    """A format by the name that messages give it."""

    name: str
    recognises: Callable[[object], bool]
    """Whether plain data is of this format, in a version that is read or not."""
    read: Callable[[Document, str], Imported]
    """The description that a document prefills, and the name of its file for provenance. Raises InputError."""


IMPORTERS: tuple[Importer, ...] = (
    Importer("CycloneDX 1.5 to 1.7 (JSON)", cyclonedx.recognises, cyclonedx.read),
    Importer("Open Threat Model 0.2.0 (JSON or YAML)", otm.recognises, otm.read),
)
