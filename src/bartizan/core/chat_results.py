"""What a test of one chat target came to: all trials, and what follows from them. It is stored, compared and drawn."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.chat import Usage
from bartizan.core.measurement import Rate
from bartizan.core.transcript import Layer, Surface
from bartizan.core.trial import BenignTrial, LeftOut, Trial

Tested: TypeAlias = Literal["not_tested", "tried", "searched"]
"""``tried``: fixed attacks. ``searched``: an attack that is strong enough that its failure says something."""


class Way(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attack that reached a goal, in one dress, at one surface."""

    attack: str
    title: str
    surface: Surface
    variation: str = ""
    effort: int = 0
    is_multi_turn: bool = False
    rate: Rate


class Breach(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attacker's goal that was reached."""

    case: str
    title: str
    about: str = ""
    threats: tuple[str, ...]
    layer: Layer
    harm: str
    severity: int | None = None
    """How bad the description says that it is, 1 to 5; None where it does not say."""
    single: Rate
    """Trials of one turn that reached it."""
    multi: Rate
    """Trials of several turns."""
    effort: int
    """The least effort of any that reached it, over the plain text."""
    ways: tuple[Way, ...]
    """What reached it, the most successful first."""
    why: str
    excerpt: str = ""
    shown_by: str
    """Key of the trial that shows it best: the least effort, the fewest turns."""
    steps: tuple[str, ...] = ()
    """How to see it again, each a line or a command."""

    @property
    def rate(self) -> Rate:
        """All trials of the case."""
        return Rate(hits=self.single.hits + self.multi.hits, trials=self.single.trials + self.multi.trials)


class Covered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How deep a threat was tested at one surface and layer."""

    threat: str
    surface: Surface | None = None
    """None: at none, since no case of ours exercises this threat."""
    layer: Layer | None = None
    tested: Tested
    trials: int = 0
    hits: int = 0
    unscored: int = 0
    errors: int = 0
    cases: int = 0
    why: str = ""
    """Why it was not tested, or what part of it was not."""


class Utility(msgspec.Struct, frozen=True, kw_only=True):
    """What the target does for honest people."""

    done: Rate
    """Honest tasks done, nothing hostile in the way."""
    done_under_attack: Rate
    false_alarms: Rate
    """Honest requests that sound suspicious, and were refused."""
    unscored: int = 0
    errors: int = 0


class JudgeUsed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The judge model of a run, and how well it agreed with people before its verdicts counted."""

    model: str
    address: str = ""
    counts: bool = False
    """Whether its verdicts counted; else what only it could tell is unscored."""
    why: str = ""
    """Why they did not."""
    n: int = 0
    """Answers that people labelled and it judged."""
    questions: int = 0
    """How many different questions these labels are about."""
    agreed: int = 0
    unreadable: int = 0
    interval: tuple[float, float] = (0.0, 1.0)
    """Of the share that agreed; Wilson, 95 %."""
    kappa: float = 0.0
    """Cohen's: agreement beyond that of chance."""
    usage: Usage = Usage()
    """All that it was asked, in no other figure of the run."""
    money: float | None = None


class ChatRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One target, tested."""

    component: str = ""
    """Id in the description; empty without one."""
    label: str
    target: str
    model: str = ""
    address: str = ""
    digest: str = ""
    seed: int = 0
    held_on: str
    versions: dict[str, str] = {}
    narrowed: str = ""
    """To what it was narrowed, such as 'the cases a, b'; empty: whatever fitted the target was planned."""
    trials: tuple[Trial, ...]
    benign: tuple[BenignTrial, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    untried: int = 0
    """Attempts and tasks that were planned and not made."""
    why: str = ""
    """Why not all was made."""
    is_gone: bool = False
    """Whether it gave nothing but errors in the end."""
    usage: Usage = Usage()
    money: float | None = None
    judge: JudgeUsed | None = None
    remarks: tuple[str, ...] = ()
    """What stands out in the descriptions of its tools, before any was called: reasons to look, no proof."""
    breaches: tuple[Breach, ...] = ()
    coverage: tuple[Covered, ...] = ()
    utility: Utility


class ChatResults(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of results; also what ``--baseline`` reads."""

    bartizan_chat_results: Literal[1] = 1
    name: str
    threats: dict[str, str] = {}
    """What the threats are called, by id."""
    runs: tuple[ChatRun, ...]


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """What is different from an earlier test of the same targets, by target and case."""

    new: tuple[tuple[str, str], ...]
    """(target, case) that were not breached then, and were tried."""
    unseen: tuple[tuple[str, str], ...]
    """Breached now, and not tried then."""
    gone: tuple[tuple[str, str], ...]
    """Breached then, tried now, and not breached."""
    untried: tuple[tuple[str, str], ...]
    """Breached then, and not tried now: nobody may say that they are gone."""
    still: tuple[tuple[str, str], ...]
