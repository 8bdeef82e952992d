"""All formats that are known, in the order in which they are asked. A new one gets a line here."""

from __future__ import annotations

from bartizan.supply.scan import containers, tensors, texts
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.pickles.format import PICKLE, PICKLE_TEXT

FORMATS: tuple[Format, ...] = (
    PICKLE,
    *containers.FORMATS,
    *tensors.FORMATS,
    # Guesses, asked where nothing above fits; pickles of old protocols are texts too.
    PICKLE_TEXT,
    *texts.FORMATS,
    *tensors.LAST,
)
