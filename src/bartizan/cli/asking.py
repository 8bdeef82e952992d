"""One interview at a terminal: it prints a question, reads a line, and keeps the answers after each."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click
from rich.console import Console

from bartizan.core.terms import Outcome
from bartizan.system.interview import UNKNOWN, Interview, Reply, fault_of
from bartizan.system.questions import Choice, Question
from bartizan.workflows.answers import keep
from bartizan.workflows.interview import Interviewer, Progress

_OUTCOMES = {
    Outcome.APPLIES: "applies",
    Outcome.THEORETICAL: "theoretical",
    Outcome.DOES_NOT_APPLY: "does not apply",
}
_KEYS = {
    "text": "? more · u undo · q stop and keep",
    "one": "a number · d don't know · ? more · u undo · w write now · q stop and keep",
    "many": "numbers, as in 1 3 · 0 none of them · d don't know · ? more · u undo · w write now · q stop and keep",
}
_NAMES = 4
_DIGITS = 9


def _keys(question: Question) -> str:
    keys = _KEYS[question.form]
    return keys.replace("0 none of them · ", "") if question.some else keys


class Session:
    """An interview that is going on. `interview` holds what was answered; `run` goes on with it."""

    def __init__(self, interviewer: Interviewer, out: Path, interview: Interview) -> None:
        self.interviewer = interviewer
        self.out = out
        self.interview = interview
        self._console = Console(highlight=False)
        self._stopped = False
        self._write = False

    def run(self) -> bool:
        """Ask until nothing is left to decide. Whether to write the description; no when the person stopped.

        Ctrl-C and the end of the input stop it like `q`: what was answered is kept.
        """
        self._say("Answer with what you know; every answer is kept. You can change the file afterwards.", "dim")
        try:
            while not self._stopped and not self._write:
                question = self.interviewer.next(self.interview)
                if question is None:
                    self._say("Nothing is left that an answer would decide.", "bold")
                    return True
                self._ask(question)
        except (click.Abort, KeyboardInterrupt, EOFError):
            self._say("")
            return False
        return self._write

    def _ask(self, question: Question) -> None:
        choices = self.interview.draft().choices(question)
        self._say("")
        self._say(f"{len(self.interview.steps) + 1}. {question.ask}", "bold")
        self._say(f"   {question.why}", "dim")
        for number, choice in enumerate(choices, start=1):
            self._say(f"   {number:>2}  {choice.say}")
        self._say(f"   [{_keys(question)}]", "dim")
        while not self._take(question, choices, self._read()):
            pass

    def _read(self) -> str:
        return str(click.prompt(">", prompt_suffix=" ", default="", show_default=False)).strip()

    def _take(self, question: Question, choices: tuple[Choice, ...], line: str) -> bool:
        """Act on one line; whether the question is through."""
        match line.lower():
            case "?":
                self._explain(question, choices)
                return False
            case "u":
                return self._undo()
            case "q":
                self._stopped = True
                return True
            case "w" if question.form != "text":
                return self._write_now()
            case _:
                return self._answer(question, choices, line)

    def _explain(self, question: Question, choices: tuple[Choice, ...]) -> None:
        self._say(f"   {question.more or question.why}")
        if any(c.doubtful for c in choices) and question.form == "many":
            self._say("   Not sure of one? Put ? behind its number: 1 3? means the first, and perhaps the third.")
        if choices:
            self._say(f"   In an answers file: {question.id}: {', '.join(c.id for c in choices)} or {UNKNOWN}", "dim")

    def _undo(self) -> bool:
        if not self.interview.steps:
            self._say("   There is nothing to undo.")
            return False
        gone = self.interview.steps[-1]
        self.interview = self.interview.undo()
        keep(self.interview, self.out)
        self._say(f"   Took back the answer to '{gone.question}'.")
        return True

    def _write_now(self) -> bool:
        if {"name", "kind"} <= self.interview.answered:
            self._write = True
            return True
        self._say("   There is nothing to write yet; answer this one first.")
        return False

    def _answer(self, question: Question, choices: tuple[Choice, ...], line: str) -> bool:
        reply = _reply(question, choices, line)
        fault = fault_of(question, reply, self.interview.draft()) if reply is not None else None
        if reply is None or fault is not None:
            told = "not understood" if fault is None else f"{fault.finding}; {fault.fix}".rstrip("; ")
            self._say(f"   {told}. Use {_keys(question)}")
            return False
        self.interview = self.interview.answer(question.id, reply)
        keep(self.interview, self.out)
        self._tell(self.interviewer.progress(self.interview))
        return True

    def _tell(self, progress: Progress) -> None:
        if not progress.total:
            return
        counts = ", ".join(f"{progress.counts.get(o, 0)} {word}" for o, word in _OUTCOMES.items())
        self._say(f"   Decided {progress.decided} of about {progress.total} verdicts: {counts}.", "green")
        for outcome, word in _OUTCOMES.items():
            names = progress.new.get(outcome, ())
            if names:
                more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
                self._say(f"   New, {word}: {', '.join(names[:_NAMES])}{more}", "dim")
        if progress.total and not progress.rated_open and progress.decided < progress.total:
            self._say("   Every risk is settled; what is left refines them. Write now with w.", "dim")

    def _say(self, text: str, style: str = "") -> None:
        indent = " " * (len(text) - len(text.lstrip()))
        width = max(40, min(self._console.width, 100))
        folded = textwrap.fill(text, width, subsequent_indent=f"{indent}    " if indent else "", break_long_words=False)
        self._console.print(folded, style=style or None, markup=False, soft_wrap=True)


def _reply(question: Question, choices: tuple[Choice, ...], line: str) -> Reply | None:
    """What a line answers; None where it makes no sense."""
    if question.form == "text":
        text = "".join(c for c in line if c.isprintable())
        return text or None
    if line.lower() in {"d", "don't know", UNKNOWN}:
        return UNKNOWN
    words = line.replace(",", " ").split()
    if question.form == "many" and words in (["0"], ["none"]):
        return ()
    names = [_name(word, choices) for word in words]
    if not names or None in names:
        return None
    found = tuple(dict.fromkeys(name for name in names if name is not None))
    if question.form == "one":
        return found[0] if len(found) == 1 else None
    return found


def _name(word: str, choices: tuple[Choice, ...]) -> str | None:
    """The choice that a number or a name stands for, with the `?` of a doubt kept."""
    doubt = "?" if word.endswith("?") else ""
    bare = word.removesuffix("?")
    number = bare if len(bare) <= _DIGITS and bare.isascii() and bare.isdecimal() else "0"
    if 1 <= int(number) <= len(choices):
        return choices[int(number) - 1].id + doubt
    return bare.lower() + doubt if bare.lower() in {c.id for c in choices} else None
