"""A budget of differential privacy that lasts: what each release about a group of people spent, and what is left.

A file of JSON lines. The first says whose data it is about and how much may be spent in all; each later one is a
release. Every line carries the hash of the one before, so that a line cannot be changed or taken out of the middle
unnoticed; that the last lines are missing shows only to who noted the hash of the newest.

Releases add up by basic composition: epsilons and deltas are summed. Finer accounts spend less; this one never spends
less than the truth. Source: C. Dwork and A. Roth, The algorithmic foundations of differential privacy (2014), theorem
3.16.

A release is written, and on the disk, before its noise is drawn: a crash loses budget, never privacy.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, Final, Literal, TypeAlias

import msgspec

from bartizan.budget.amount import amount, exact, shown
from bartizan.core.chain_lines import BrokenLine, line, read_lines
from bartizan.core.errors import BartizanError, InputError, Problem, printable
from bartizan.core.source import refuse_existing, write_atomic

Kind: TypeAlias = Literal["statistics", "synthetic", "training", "manual"]
_MOST: Final = 64 << 20


class PrivacySpent(BartizanError):
    """A release would spend more privacy than is left; nothing was drawn and nothing written."""

    exit_code = 1


class Budget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be spent, on whom."""

    bartizan_budget: Literal[1] = 1
    data: str
    """The data set."""
    people: str
    """Whom it is about: the group whose privacy is spent."""
    epsilon: str
    delta: str = "0"
    opened_at: str


class Spending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One release."""

    number: int
    kind: Kind
    what: str
    by: str
    at: str
    """When, ISO 8601 in UTC."""
    epsilon: str
    delta: str = "0"
    digests: dict[str, str] = {}
    """Of the data, the plan, the result: what it was about."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger as it stands."""

    budget: Budget
    spendings: tuple[Spending, ...]
    hashes: tuple[str, ...]
    """Of each line; the last is the newest."""
    torn: int = 0
    """Bytes at the end that are no whole line: somebody died while writing; nothing was released for them."""

    @property
    def head(self) -> str:
        """The hash of the newest line."""
        return self.hashes[-1]

    @property
    def spent(self) -> tuple[Fraction, Fraction]:
        """Epsilon and delta of all releases."""
        pairs = [(amount(one.epsilon), amount(one.delta)) for one in self.spendings]
        return sum((e for e, _ in pairs), Fraction()), sum((d for _, d in pairs), Fraction())

    @property
    def left(self) -> tuple[Fraction, Fraction]:
        """What may still be spent, of both."""
        epsilon, delta = self.spent
        return amount(self.budget.epsilon) - epsilon, amount(self.budget.delta) - delta

    @property
    def is_backwards(self) -> bool:
        """Whether a later release has an earlier time: a clock that went back."""
        times = [self.budget.opened_at, *(one.at for one in self.spendings)]
        return times != sorted(times)


class Ledger:
    """The ledger in a file. Nothing is kept in memory: every question reads what is there now."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def account(self, *, holds: str = "") -> Account:
        """What stands in it, every line checked; with a hash, that it is one of a line. Raises InputError."""
        with self._locked(fcntl.LOCK_SH) as file:
            found = self._read(file)
        if holds and holds not in found.hashes:
            raise self._broken(None, "no line has the hash that was noted: releases were taken out, or it is another")
        return found

    def spend(
        self,
        epsilon: str | float,
        delta: str | float = "0",
        *,
        kind: Kind,
        what: str,
        by: str,
        at: str,
        digests: dict[str, str] | None = None,
    ) -> Spending:
        """Write a release. It is on the disk when this returns, and only then may noise be drawn.

        Raises PrivacySpent where epsilon or delta would go over the budget, ValueError for what is no amount,
        InputError for a ledger that cannot be read or written.
        """
        wanted = amount(epsilon), amount(delta)
        with self._locked(fcntl.LOCK_EX) as file:
            account = self._read(file)
            self._refuse(account, wanted, what)
            made = Spending(
                number=len(account.spendings) + 1,
                kind=kind,
                what=printable(what),
                by=printable(by),
                at=at,
                epsilon=exact(wanted[0]),
                delta=exact(wanted[1]),
                digests=digests or {},
            )
            file.seek(-account.torn, os.SEEK_END)
            file.truncate()
            file.write(line(msgspec.to_builtins(made), account.head))
            file.flush()
            os.fsync(file.fileno())
        return made

    def refuse_more(self, epsilon: Fraction, *, what: str) -> None:
        """Raise PrivacySpent where that much is not left now; `spend` asks again."""
        self._refuse(self.account(), (epsilon, Fraction()), what)

    def _refuse(self, account: Account, wanted: tuple[Fraction, Fraction], what: str) -> None:
        if not any(wanted):
            raise ValueError("a release without epsilon and delta spends nothing and tells nothing")
        for name, want, left in zip(("epsilon", "delta"), wanted, account.left, strict=True):
            if want > left:
                raise PrivacySpent(
                    f"{printable(str(self.path))}: {printable(what, 100)} would spend {name} {shown(want)}, and "
                    f"{shown(max(left, Fraction()))} is left of {getattr(account.budget, name)} for "
                    f"{printable(account.budget.people, 60)} in {printable(account.budget.data, 60)}; nothing was drawn"
                )

    @contextlib.contextmanager
    def _locked(self, lock: int) -> Iterator[IO[bytes]]:
        try:
            if self.path.exists() and not self.path.is_file():  # a pipe would wait for ever
                raise InputError([Problem(file=str(self.path), finding="it is no file", fix="name a ledger")])
            with self.path.open("r+b" if lock == fcntl.LOCK_EX else "rb") as file:
                fcntl.flock(file, lock)
                yield file
        except OSError as error:
            finding = f"it cannot be used: {error.strerror}"
            fix = "bartizan data budget create makes one" if isinstance(error, FileNotFoundError) else ""
            raise InputError([Problem(file=str(self.path), finding=finding, fix=fix)]) from None

    def _read(self, file: IO[bytes]) -> Account:
        file.seek(0)
        raw = file.read(_MOST + 1)
        if len(raw) > _MOST:
            raise self._broken(None, "it is larger than any ledger")
        try:
            lines = read_lines(raw)
        except BrokenLine as broken:
            raise self._broken(broken.number, str(broken)) from None
        if not lines.bodies:
            raise self._broken(1, "it is no ledger of a privacy budget")
        spendings: list[Spending] = []
        for number, body in enumerate(lines.bodies, 1):
            try:
                if number == 1:
                    budget = msgspec.json.decode(body, type=Budget)
                    amount(budget.epsilon), amount(budget.delta)
                else:
                    spendings.append(self._next(body, len(spendings)))
            except (msgspec.DecodeError, ValueError) as error:
                raise self._broken(number, str(error)) from None
        return Account(budget=budget, spendings=tuple(spendings), hashes=lines.hashes, torn=lines.torn)

    @staticmethod
    def _next(body: bytes, count: int) -> Spending:
        made = msgspec.json.decode(body, type=Spending)
        amount(made.epsilon), amount(made.delta)
        if made.number != count + 1:
            raise ValueError(f"release {made.number} stands where {count + 1} is due")
        return made

    def _broken(self, number: int | None, finding: str) -> InputError:
        fix = "nothing is released on a ledger that cannot be trusted: restore it from a copy"
        return InputError([Problem(file=str(self.path), line=number, finding=finding, fix=fix)])


def create_ledger(
    path: Path, *, data: str, people: str, epsilon: str | float, delta: str | float = "0", at: str
) -> Ledger:
    """Open an account. Raises InputError where the file is there, ValueError for what is no amount, or nothing."""
    most = amount(epsilon), amount(delta)
    if not any(most) or most[1] >= 1:
        raise ValueError("a budget has an epsilon or a delta above 0, and a delta below 1")
    if not data.strip() or not people.strip():
        raise ValueError("a budget says of which data and of which people it is")
    refuse_existing(path)
    made = Budget(
        data=printable(data), people=printable(people), epsilon=exact(most[0]), delta=exact(most[1]), opened_at=at
    )
    write_atomic(path, line(msgspec.to_builtins(made)))
    return Ledger(path)
