"""Signing and verifying models for a person, a pipeline or a serving process: the evidence, and the watch."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from bartizan import __version__
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import write_atomic
from bartizan.core.terms import ControlId
from bartizan.register.intake.own import EvidenceFile, Observation, document_of
from bartizan.report.signing.document import event_line
from bartizan.supply.signing.policy import read_trust
from bartizan.supply.signing.verification import Verification
from bartizan.supply.signing.verifying import verify
from bartizan.supply.signing.watching import Event, Watched

Control: TypeAlias = Literal["supply_chain_manage", "runtime_model_integrity"]
CONTROLS: tuple[Control, ...] = ("supply_chain_manage", "runtime_model_integrity")
TOOL = "bartizan verify"
_MEANS: dict[Control, str] = {
    "supply_chain_manage": "It tells that these files are what was signed, not that they are harmless.",
    "runtime_model_integrity": "It tells of the files on disk; what runs in memory is not seen.",
}


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be verified, by what."""

    model: Path
    signature: Path
    trust: Path
    """The file of the policy; it is read anew for each verification."""
    day: str = ""
    """Stands in for today."""
    name: str = ""
    """What the model must be called; empty: whatever its signer may sign."""


def verified(question: Question) -> Verification:
    """A model against its signature and the policy. Raises InputError for a broken policy, or without a model."""
    return verify(question.model, question.signature, read_trust(question.trust), day=question.day, name=question.name)


def refuse_wrong(question: Question) -> None:
    """End it before anything is watched where the policy is broken or there is no model. Raises InputError."""
    read_trust(question.trust)
    if not os.path.lexists(question.model):
        finding = "there is no such file or folder"
        raise InputError([Problem(file=str(question.model), finding=finding, fix="check the name")])


def evidence_of(found: Verification, control: Control, component: str) -> EvidenceFile:
    """What a verification says of a control at a component: it passes where the model is verified, else it fails.

    The digest is that of the model as signed, which a description calls `signed`; only an authentic signature has one.
    """
    said = f"{found.files:,} files are as signed" if found.is_verified else f"not verified: {', '.join(found.kinds)}"
    return _evidence(found, control, component, said=said, passed=found.is_verified)


def write_evidence(found: Verification, out: Path, control: Control, component: str) -> None:
    """Write the evidence, whole or not at all. Raises InputError."""
    write_atomic(out, document_of(evidence_of(found, control, component)))


def _evidence(found: Verification, control: Control, component: str, *, said: str, passed: bool | None) -> EvidenceFile:
    name = f" '{found.name}'" if found.is_authentic else ""
    release = f", counter {found.counter}" if found.is_authentic and found.counter is not None else ""
    observation = Observation(
        what=f"model{name}{release} against its signature: {said}",
        control=ControlId(control),
        component=component,
        passed=passed,
        note=_MEANS[control],
        digests={"signed": found.digest} if found.is_authentic else {},
    )
    return EvidenceFile(
        bartizan_evidence=1, tool=TOOL, version=__version__, held_on=found.day, observations=(observation,)
    )


class Watch:
    """A model that is verified again and again: changes go to a listener and to a file, each look into the evidence."""

    def __init__(
        self, question: Question, *, every: float, on_event: Callable[[Event], None], events: Path | None = None
    ) -> None:
        self._question = question
        self._on_event = on_event
        self._events = events
        self._last: Verification | None = None
        self.watched = Watched(str(question.model), self._verified, every=every, on_event=self._told)

        self._began = ""
        self._good = self._bad = 0

    def run(self, after: Callable[[], bool]) -> None:
        """Look at the interval until it is stopped, or ``after`` says so after a look. It blocks."""
        self.watched.run(lambda _: after())

    def evidence(self, control: Control, component: str) -> EvidenceFile | None:
        """What all looks so far say of a control; None while none could be done.

        It passes where every look found the model verified, and fails for ever after one that did not: what came back
        was gone. Where some looks could not be done, it says neither.
        """
        if self._last is None:
            return None
        looks = self.watched.looks
        said = f"verified at {self._good} of {looks} looks since {self._began}"
        passed = False if self._bad else True if self._good == looks else None
        return _evidence(self._last, control, component, said=said, passed=passed)

    def _verified(self) -> Verification:
        found = verified(self._question)
        self._last = found
        self._good += found.is_verified
        self._bad += not found.is_verified
        return found

    def _told(self, event: Event) -> None:
        self._began = self._began or event.at
        self._on_event(event)
        if self._events is not None:
            append_event(self._events, event)

    def stop(self) -> None:
        """End after the look at hand."""
        self.watched.stop()


_APPENDING = threading.Lock()


def append_event(file: Path, event: Event) -> None:
    """One line more in a file of events. Raises InputError where it cannot be written."""
    line = f"{event_line(event)}\n".encode()
    try:
        with _APPENDING:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
            handle = os.open(file, flags, 0o644)
            with os.fdopen(handle, "ab", buffering=0) as stream:
                stream.write(line)
    except OSError as error:
        finding = f"cannot be written: {error.strerror or error}"
        raise InputError([Problem(file=str(file), finding=finding, fix="choose another place with --events")]) from None
