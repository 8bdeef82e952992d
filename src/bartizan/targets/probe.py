"""A look at a rig before any experiment: does it answer as a predictor must, and can honest numbers come from its data?

It asks little: some rows twice, once in another order, and a few one by one. Errors make every later figure worthless,
so an experiment must not start; warnings are told with its results.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec
import numpy as np

from bartizan.core.errors import printable
from bartizan.core.interval import wilson
from bartizan.targets.border import BadAnswer, Border, Budget, TargetCrashed
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Labels, Scores
from bartizan.targets.rig import Rig

Severity: TypeAlias = Literal["error", "warning"]
WIDEST = 0.2
"""A 95 % interval wider than this says little: 0.2 is reached by about 93 samples where half succeed."""
_CLOSE = 1e-4
"""How far two answers to one input may differ by rounding alone, in 32 bits and another order of adding up."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing about a rig."""

    severity: Severity
    text: str
    fix: str = ""

    def __str__(self) -> str:
        return self.text + (f"; {self.fix}" if self.fix else "")


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    name: str
    findings: tuple[Finding, ...] = ()
    samples: int = 0
    """Rows in the test data."""
    width: float = 1.0
    """Of the widest 95 % Wilson interval that so many samples give: where half of them succeed."""
    accuracy: float | None = None
    """On the rows that were asked; None where it could not be told."""
    interval: tuple[float, float] = (0.0, 1.0)
    """Of the accuracy, Wilson, 95 %."""
    seconds: float | None = None
    """Per sample, in a batch; the median of three."""
    alone: float | None = None
    """Seconds for one sample alone; the median of five."""
    queries: int = 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Those that forbid an experiment."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Those that are told with its results."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    def require(self) -> None:
        """Raise BadAnswer with all errors, a line each, where there are any."""
        if self.errors:
            raise BadAnswer("\n".join(f"{printable(self.name)}: {printable(str(finding))}" for finding in self.errors))


def probe(
    rig: Rig, budget: Budget | None = None, *, rows: int = 64, clock: Callable[[], float] = time.perf_counter
) -> Probe:
    """What is found with ``rows`` test samples, of each class in turn. Unreachable and Refused pass through."""
    found = _Look(rig, budget, rows, clock)
    found.data()
    if len(rig.test):
        found.answers()
    low_high = wilson(len(rig.test) // 2, len(rig.test))
    n = len(rig.test)
    return Probe(
        name=rig.name,
        findings=tuple(found.findings),
        samples=n,
        width=low_high[1] - low_high[0],
        accuracy=found.accuracy,
        interval=found.interval,
        seconds=found.seconds,
        alone=found.alone,
        queries=found.border.ledger.queries,
    )


class _Look:
    def __init__(self, rig: Rig, budget: Budget | None, rows: int, clock: Callable[[], float]) -> None:
        self.rig, self.budget, self._clock = rig, budget, clock
        self.border = Border(rig.target)
        self.some = rig.test.take(_mixed(rig.test, rows))
        self.findings: list[Finding] = []
        self.accuracy: float | None = None
        self.interval = (0.0, 1.0)
        self.seconds: float | None = None
        self.alone: float | None = None

    def error(self, text: str, fix: str = "") -> None:
        self.findings.append(Finding(severity="error", text=text, fix=fix))

    def warn(self, text: str, fix: str = "") -> None:
        self.findings.append(Finding(severity="warning", text=text, fix=fix))

    def data(self) -> None:
        test, card = self.rig.test, self.rig.target.card
        if not len(test):
            self.error("there are no test data", "give inputs with their true labels")
            return
        if test.classes != card.classes:
            self.error(f"the test data have {test.classes} classes, the target {card.classes}")
        for text in unfit_inputs(test.x, card.domain):
            self.error(text, "give the inputs as the model takes them, or correct its domain")
        outside = _outside(test.x, card.domain)
        if outside:
            self.warn(f"{outside} of {len(test)} test inputs lie outside of the domain's bounds", "widen the bounds")
        low, high = wilson(len(test) // 2, len(test))
        if high - low > WIDEST:
            self.warn(
                f"{len(test)} test samples are few: where half succeed, the 95 % interval is {high - low:.2f} wide, "
                f"and 0 of {len(test)} still allows {wilson(0, len(test))[1]:.1%}",
                "give 100 samples or more",
            )
        absent = test.classes - len(np.unique(test.y))
        if absent:
            self.warn(f"{absent} of {test.classes} classes do not occur in the test data")

    def answers(self) -> None:
        capabilities = self.rig.target.card.capabilities
        labels = self._asked(self.border.labels, "labels")
        scores = self._asked(self.border.scores, "scores") if "scores" in capabilities else None
        if "gradients" in capabilities:
            self._gradients()
        if labels is not None:
            self._accuracy(labels)
        if labels is not None and scores is not None:
            self._agreement(labels, scores)
        if not self.findings or not any(f.severity == "error" for f in self.findings):
            self._again(labels, scores)
            self._latency()

    def _asked(self, ask: Callable[[Inputs], Inputs], what: str) -> Inputs | None:
        try:
            return ask(self.some.x)
        except BadAnswer as error:
            self.error(self._bare(str(error)))
        except TargetCrashed as error:
            self.error(f"asked for {what}, {self._bare(str(error))}")
        return None

    def _bare(self, text: str) -> str:
        return text.removeprefix(f"{self.rig.target.card.name}: ")

    def _gradients(self) -> None:
        try:
            logits, pull = self.border.differentiate(self.some.x)
            gradient = pull(np.ones_like(logits))
            if not (np.isfinite(logits).all() and np.isfinite(gradient).all()):
                self.error("its logits or gradients hold NaN or infinity")
        except (BadAnswer, TargetCrashed) as error:
            self.error(f"asked for gradients, {self._bare(str(error))}")

    def _accuracy(self, labels: Labels) -> None:
        right = int((labels == self.some.y).sum())
        self.accuracy, self.interval = right / len(labels), wilson(right, len(labels))
        common = int(np.bincount(self.some.y).max())
        if (labels == REFUSED).all():
            self.error("it refuses every input")
        elif right <= common and self.some.classes > 1 and len(np.unique(self.some.y)) > 1:
            fix = "are the labels in the model's order of classes, and the inputs scaled as it wants them?"
            self.warn(f"it is right in {right} of {len(labels)}, no better than always naming the commonest class", fix)

    def _agreement(self, labels: Labels, scores: Scores) -> None:
        answered = (labels != REFUSED) & scores.any(axis=1)
        best = scores.max(axis=1)
        named = np.take_along_axis(scores, np.maximum(labels, 0)[:, None], axis=1)[:, 0]
        off = int((answered & (best - named > _CLOSE)).sum())
        if off and not self.rig.target.card.random:
            self.warn(f"for {off} of {len(labels)} inputs its label is not the class with its highest score")

    def _again(self, labels: Labels | None, scores: Scores | None) -> None:
        back = np.arange(len(self.some))[::-1]
        same, turned = _Differences(self.some.x), _Differences(self.some.x[back])
        for ask, first in ((self.border.labels, labels), (self.border.scores, scores)):
            if first is not None:
                same.add(self._retried(ask, self.some.x), first)
                turned.add(self._retried(ask, self.some.x[back]), first[back])
        if self.rig.target.card.random:
            return
        if same.rows:
            fix = "fix its seed, or say 'random' in its card if that is meant"
            self.error(
                f"it is not deterministic: asked twice, it answers {same.rows} of {len(back)} inputs otherwise", fix
            )
        elif turned.rows:
            fix = "an answer must not depend on the other samples of a batch: is it in training mode?"
            self.error(f"in another order, it answers {turned.rows} of {len(back)} inputs otherwise", fix)

    def _retried(self, ask: Callable[[Inputs], Inputs], x: Inputs) -> Inputs | None:
        try:
            return ask(x)
        except (BadAnswer, TargetCrashed) as error:
            self.error(f"asked a second time, {self._bare(str(error))}")
            return None

    def _latency(self) -> None:
        try:
            batches = [self._timed(self.some.x) for _ in range(3)]
            single = [self._timed(self.some.x[i : i + 1]) for i in range(min(5, len(self.some)))]
        except (BadAnswer, TargetCrashed) as error:
            self.error(f"asked for one sample, {self._bare(str(error))}")
            return
        self.seconds, self.alone = statistics.median(batches) / len(self.some), statistics.median(single)
        budget = self.budget or Budget()
        if budget.queries and budget.per_second and budget.queries / budget.per_second > (budget.seconds or np.inf):
            self.warn(
                f"{budget.queries:,} queries at {budget.per_second:g} a second take longer than the budget of time"
            )
        if budget.seconds is None:
            return
        possible = int(budget.seconds / self.seconds) if self.seconds else budget.queries or 0
        if possible < (budget.queries or 1):
            wanted = f"{budget.queries:,} queries" if budget.queries else "one query"
            text = f"it is slower than the budget: {1000 * self.seconds:.3g} ms a sample, so {budget.seconds:g} s give "
            self.warn(f"{text}{possible:,} queries, not {wanted}", "give more time, or ask fewer samples")

    def _timed(self, x: Inputs) -> float:
        start = self._clock()
        self.border.labels(x)
        return self._clock() - start


class _Differences:
    """How many samples got another answer in any way."""

    def __init__(self, x: Inputs) -> None:
        self._differs = np.zeros(len(x), bool)

    def add(self, again: Inputs | None, first: Inputs) -> None:
        if again is not None:
            apart = np.abs(np.asarray(again, float) - np.asarray(first, float)) > _CLOSE
            self._differs |= apart.reshape(len(apart), -1).any(axis=1)

    @property
    def rows(self) -> int:
        return int(self._differs.sum())


def unfit_inputs(x: Inputs, domain: Domain) -> tuple[str, ...]:
    """Why a batch is none for this domain: its type, its shape, or values that are no numbers."""
    if domain.modality == "text":
        texts = x.dtype.kind in "OU" and x.ndim == 1 and all(isinstance(text, str) for text in x)
        return () if texts else ("the test inputs are no texts: they must be an array of str with one axis",)
    if x.dtype.kind not in "fiu":
        return (f"the test inputs are {x.dtype}, not numbers",)
    problems = []
    if domain.shape and x.shape[1:] != domain.shape:
        problems.append(f"a test input has shape {x.shape[1:]}, the domain says {domain.shape}")
    broken = int((~np.isfinite(x)).reshape(len(x), -1).any(axis=1).sum())
    if broken:
        problems.append(f"{broken} of {len(x)} test inputs hold NaN or infinity")
    return tuple(problems)


def _outside(x: Inputs, domain: Domain) -> int:
    if domain.modality == "text" or x.dtype.kind not in "fiu" or x.shape[1:] != domain.shape:
        return 0
    low, high = domain.bounds()
    slack = 1e-6 * np.maximum(1, np.abs(np.where(np.isfinite(high), high, 0)))
    return int(((x < low - slack) | (x > high + slack)).reshape(len(x), -1).any(axis=1).sum())


def _mixed(data: Dataset, rows: int) -> list[int]:
    """Rows of each class in turn, first ones first, in the order of the data."""
    turn = np.zeros(len(data), int)
    for label in np.unique(data.y):
        of_it = np.flatnonzero(data.y == label)
        turn[of_it] = np.arange(len(of_it))
    chosen: list[int] = sorted(np.argsort(turn, kind="stable")[:rows].tolist())
    return chosen
