"""How a test of a chat target shows itself: a bar, and a line for each goal when it is first reached."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bartizan.core.errors import printable
from bartizan.core.trial import BenignTrial, Trial
from bartizan.lab.chat.testing import Plan
from bartizan.workflows.chat_testing import Watcher


class ChatProgress:
    """A bar on standard error for one target after the other. Use it in a ``with``."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        self._bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
        self._task: TaskID | None = None
        self._what = ""
        self._reached: set[str] = set()
        self._errors = 0

    def __enter__(self) -> Watcher:
        """Whom to tell."""
        self._bar.start()
        return Watcher(planned=self._planned, told=self._told)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Take the bar away."""
        self._bar.stop()

    def _planned(self, plan: Plan) -> None:
        self._what, self._reached, self._errors = printable(plan.label), set(), 0
        self._task = self._bar.add_task(self._what, total=plan.total)

    def _told(self, one: Trial | BenignTrial) -> None:
        assert self._task is not None
        if isinstance(one, Trial) and one.outcome == "hit":
            self._reached.add(one.case)
        self._errors += one.outcome == "error"
        errors = f", {self._errors} errors" if self._errors else ""
        self._bar.update(self._task, advance=1, description=f"{self._what}: {len(self._reached)} goals reached{errors}")
