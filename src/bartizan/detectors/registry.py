"""All detectors, by the names that files of cases use."""

from __future__ import annotations

from typing import TypeAlias

from bartizan.detectors.canary import Canary
from bartizan.detectors.csv_formula import CsvFormula
from bartizan.detectors.environment import DeedDone, ToolCalled
from bartizan.detectors.internal_address import InternalAddress
from bartizan.detectors.judge import Judge
from bartizan.detectors.latex import Latex
from bartizan.detectors.pattern import Pattern
from bartizan.detectors.personal_data import PersonalData
from bartizan.detectors.refusal import Refusal
from bartizan.detectors.rendering import Rendering
from bartizan.detectors.samples import Answered, Retrieved, Score, ToolAnswered
from bartizan.detectors.shell import Shell
from bartizan.detectors.spent import Spent
from bartizan.detectors.sql import Sql
from bartizan.detectors.terminal import Terminal
from bartizan.detectors.unsafe_code import UnsafeCode

TextDetector: TypeAlias = Canary | Pattern | Refusal | PersonalData | Judge
"""Those that read what was said."""

ParsedDetector: TypeAlias = Rendering | Sql | Shell | CsvFormula | Terminal | Latex | InternalAddress | UnsafeCode
"""Those that do with an answer what an application would, by a browser or a parser."""

SeenDetector: TypeAlias = ToolCalled | DeedDone | Spent | Retrieved | ToolAnswered | Answered | Score
"""Those that look at what happened, and at what it cost."""

AnyDetector: TypeAlias = TextDetector | ParsedDetector | SeenDetector

DETECTORS = (
    Canary,
    Pattern,
    Refusal,
    PersonalData,
    Judge,
    Rendering,
    Sql,
    Shell,
    CsvFormula,
    Terminal,
    Latex,
    InternalAddress,
    UnsafeCode,
    ToolCalled,
    DeedDone,
    Spent,
    Retrieved,
    ToolAnswered,
    Answered,
    Score,
)
