"""Archives, compressed streams and arrays: what lies in other files. A new one gets a line in each tuple."""

from __future__ import annotations

from bartizan.supply.scan.containers import npy, streams, tar, zip
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.rule import Rule

FORMATS: tuple[Format, ...] = (zip.ZIP, tar.TAR, npy.NPY, *streams.FORMATS)
RULES: tuple[Rule, ...] = (*zip.RULES, *tar.RULES, *npy.RULES, *streams.RULES)
