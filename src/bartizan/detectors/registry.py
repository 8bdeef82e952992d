"""All detectors, by the names that files of cases use."""

from __future__ import annotations

from typing import TypeAlias

from bartizan.detectors.canary import Canary

DETECTORS = (Canary,)

AnyDetector: TypeAlias = Canary
