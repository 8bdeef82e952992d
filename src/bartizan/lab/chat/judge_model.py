"""The judge model that a description names: how it is asked, and whether its verdicts count.

A judge is named by the user and is not attacked, so it needs no Permission of its own: that the description names it is
leave to ask it, and it is asked only what `detectors.judge` words. It has a meter of its own with the limits of the
test's budget, so that neither eats what the other may spend. Before the first trial it judges answers that people
labelled; what does not agree well enough counts for nothing, and the run says so.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec

from bartizan.core.chat import Message
from bartizan.core.chat_results import JudgeUsed
from bartizan.core.chat_spec import ChatSpec, JudgeSpec
from bartizan.core.errors import BudgetSpent, InputError, Problem, printable
from bartizan.core.shape import to_value
from bartizan.core.source import read_text, read_yaml
from bartizan.core.transcript import Transcript, Turn
from bartizan.detectors.agreement import ENOUGH, Agreement, Labelled
from bartizan.detectors.judge import measure_judge
from bartizan.detectors.said import replies
from bartizan.targets.chat.assistant import Assistant, Setting, TrialFailed
from bartizan.targets.chat.meter import ChatBudget, Meter
from bartizan.targets.chat.opening import open_chat
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place

MOST_LABELS = 2_000
_FEW = "give 'judge_labels' with answers that people judged; 20 that it judges as they do are enough"


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer that people judged."""

    question: str
    """As a ``judge`` detector has it."""
    asked: str = ""
    """What was said to the assistant; the judge is shown the answer only, as in a test."""
    reply: str
    hit: bool
    """People's answer to the question."""

    @property
    def labelled(self) -> Labelled:
        """In the words in which a judge is shown answers."""
        turn = Turn(said=self.asked, messages=(Message(role="assistant", text=self.reply),))
        text = "\n\n".join(f"[{one.place}] {one.text}" for one in replies(Transcript(turns=(turn,))))
        return Labelled(question=self.question, text=text, label=self.hit)


class JudgeModel:
    """A judge that was opened, and measured. Close it in the loop in which it was opened."""

    def __init__(self, assistant: Assistant, meter: Meter, labels: tuple[Label, ...]) -> None:
        self._assistant, self._meter, self._labels = assistant, meter, labels
        self.agreement: Agreement | None = None
        """With people; None before it was measured, or where it could not be."""
        self._why = ""

    async def ask(self, question: str) -> str:
        """Its words, in a conversation of their own. Raises TrialFailed, BudgetSpent."""
        world = await self._assistant.world(Setting())
        try:
            return (await (await world.talk()).say(question)).text
        finally:
            await world.close()

    async def measure(self) -> None:
        """Let it judge what people labelled. A judge that breaks here has no agreement, and says why."""
        if not self._labels:
            self._why = f"its agreement with people is not known; {_FEW}"
            return
        try:
            self.agreement = await measure_judge(self.ask, (one.labelled for one in self._labels))
        except (TrialFailed, BudgetSpent) as error:
            self._why = f"its agreement with people could not be measured: {error}"
            return
        if not self.agreement.is_enough:
            self._why = f"it {self.agreement}; the lower end must reach {ENOUGH}, with kappa above 0"

    @property
    def used(self) -> JudgeUsed:
        """What is told of it, with all that it was asked until now."""
        card, meter = self._assistant.card, self._meter
        told = JudgeUsed(
            model=card.model or card.name,
            address=card.address,
            why=self._why,
            questions=len({one.question for one in self._labels}),
            usage=meter.usage,
            money=meter.money,
        )
        found = self.agreement
        if found is None:
            return told
        return msgspec.structs.replace(
            told,
            counts=found.is_enough,
            n=found.n,
            agreed=found.agreed,
            unreadable=found.unreadable,
            interval=found.interval,
            kappa=found.kappa,
        )

    async def close(self) -> None:
        """Hang up."""
        await self._assistant.close()


async def judge_at(spec: ChatSpec, place: Place, budget: ChatBudget) -> JudgeModel | None:
    """The judge that a description names, measured; None where it names none.

    Raises InputError with all that is wrong with the labels, and what opening it raises.
    """
    judge = spec.judge
    if judge is None:
        return None
    labels = read_labels(place.folder / spec.judge_labels) if spec.judge_labels else ()
    meter = Meter(budget, price=judge.price, concurrency=judge.concurrency)
    found = JudgeModel(await open_chat(judge.chat, place, permission=_leave(judge), meter=meter), meter, labels)
    try:
        await found.measure()
    except BaseException:
        await found.close()
        raise
    return found


def _leave(judge: JudgeSpec) -> Permission | None:
    if not judge.url:
        return None
    return Permission(target=judge.url, granted_by="the description, as a judge", until=datetime.date.today())


def read_labels(file: Path) -> tuple[Label, ...]:
    """The labels of a file: JSONL by its ending, else a YAML list. Raises InputError with each problem and its line."""
    if file.suffix.lower() not in {".jsonl", ".ndjson"}:
        labels = to_value(read_yaml(file), tuple[Label, ...])
    else:
        labels = _by_line(file)
    if not labels or len(labels) > MOST_LABELS:
        finding = f"it has {len(labels):,} labels"
        raise InputError([Problem(file=str(file), finding=finding, fix=f"give 1 to {MOST_LABELS:,}")])
    return labels


def _by_line(file: Path) -> tuple[Label, ...]:
    labels: list[Label] = []
    problems: list[Problem] = []
    for number, line in enumerate(read_text(file).split("\n"), 1):
        if not line.strip():
            continue
        try:
            labels.append(msgspec.json.decode(line, type=Label))
        except msgspec.DecodeError as error:
            fix = 'write {"question": "...", "asked": "...", "reply": "...", "hit": true}'
            problems.append(Problem(file=str(file), line=number, finding=printable(str(error), 200), fix=fix))
    if problems:
        raise InputError(problems)
    return tuple(labels)
