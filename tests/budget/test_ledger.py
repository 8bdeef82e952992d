"""The ledger adds up exactly, never overspends, and shows every change to what stands in it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.budget.amount import amount, exact, shown
from bartizan.budget.ledger import Ledger, PrivacySpent, create_ledger
from bartizan.core.errors import InputError

AT = "2026-11-23T10:00:00Z"


def _ledger(folder: Path, epsilon: str = "1", delta: str = "0") -> Ledger:
    return create_ledger(folder / "b.budget", data="visits", people="patients", epsilon=epsilon, delta=delta, at=AT)


def _spend(ledger: Ledger, epsilon: str | float, delta: str = "0", at: str = AT) -> None:
    ledger.spend(epsilon, delta, kind="statistics", what="a count", by="ann", at=at)


def test_ten_times_a_tenth_is_all_of_it_and_nothing_more_is_left(tmp_path: Path) -> None:
    ledger = _ledger(tmp_path)
    for _ in range(10):
        _spend(ledger, 0.1)
    assert not any(ledger.account().left)
    with pytest.raises(PrivacySpent, match=r"would spend epsilon 1e-12, and 0 is left of 1 for patients in visits"):
        _spend(ledger, "0.000000000001")
    assert len(ledger.account().spendings) == 10


def test_delta_is_a_budget_of_its_own(tmp_path: Path) -> None:
    ledger = _ledger(tmp_path, delta="1e-6")
    _spend(ledger, "0.1", "9e-7")
    with pytest.raises(PrivacySpent, match="would spend delta 2e-07, and 1e-07 is left"):
        _spend(ledger, "0.1", "2e-7")
    _spend(ledger, "0.9", "1e-7")


@given(st.decimals(min_value=0, max_value=10**9, places=12, allow_nan=False))
def test_amounts_are_read_back_as_they_were_written(value: object) -> None:
    found = amount(f"{value:f}")
    assert amount(exact(found)) == found
    assert Fraction(shown(found)) <= found
    assert Fraction(shown(found)) == pytest.approx(float(found), rel=1e-11)


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "1/2", "1e999", "", " 1", "0x1", "1_0", "1." + "0" * 40])
def test_what_is_no_amount_is_refused(tmp_path: Path, text: str) -> None:
    ledger = _ledger(tmp_path)
    with pytest.raises(ValueError, match="amount"):
        _spend(ledger, text)
    with pytest.raises(ValueError, match="spends nothing"):
        _spend(ledger, "0")
    assert not ledger.account().spendings


def _greedy(path: str, start: multiprocessing.synchronize.Barrier) -> None:
    ledger = Ledger(Path(path))
    start.wait()
    for _ in range(60):
        try:
            _spend(ledger, "0.01")
        except PrivacySpent:
            return


def test_processes_at_the_same_time_never_overspend(tmp_path: Path) -> None:
    ledger = _ledger(tmp_path)
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(4)
    workers = [context.Process(target=_greedy, args=(str(ledger.path), start)) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    account = ledger.account()
    assert len(account.spendings) == 100
    assert not any(account.left)
    assert [one.number for one in account.spendings] == list(range(1, 101))


_KILLED = """
import sys
from pathlib import Path
from bartizan.budget.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    ledger.spend("0.0001", kind="manual", what="x", by="x", at="2026-11-23T10:00:00Z")
"""


def test_a_process_that_is_killed_while_writing_leaves_a_ledger_that_goes_on(tmp_path: Path) -> None:
    ledger = _ledger(tmp_path, "1000")
    for _ in range(4):
        worker = subprocess.Popen([sys.executable, "-c", _KILLED, str(ledger.path)], stdout=subprocess.PIPE)
        assert worker.stdout is not None
        worker.stdout.readline()
        before = len(ledger.account().spendings)
        while len(ledger.account().spendings) < before + 5:
            pass
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        _spend(ledger, "0.5")
    assert ledger.account().spendings[-1].epsilon == "0.5"


def test_half_a_line_at_the_end_is_told_dropped_and_no_release(tmp_path: Path) -> None:
    ledger = _ledger(tmp_path)
    _spend(ledger, "0.25")
    whole = ledger.path.read_bytes()
    _spend(ledger, "0.5")
    ledger.path.write_bytes(ledger.path.read_bytes()[: len(whole) + 40])
    assert ledger.account().torn == 40
    assert ledger.account().left[0] == Fraction(3, 4)
    _spend(ledger, "0.75")
    assert ledger.account().torn == 0
    assert [one.epsilon for one in ledger.account().spendings] == ["0.25", "0.75"]


def test_every_change_is_found_and_nothing_is_released_on_it(tmp_path: Path) -> None:
    ledger = _ledger(tmp_path)
    for epsilon in ("0.1", "0.2", "0.3"):
        _spend(ledger, epsilon)
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    noted = ledger.account().head
    changed = json.loads(lines[2])
    changed["body"]["epsilon"] = "0.0"
    for made in (
        [*lines[:2], lines[3]],
        [lines[0], lines[2], lines[1], lines[3]],
        [lines[0].replace(b'"1"', b'"9"'), *lines[1:]],
        [*lines[:2], json.dumps(changed).encode() + b"\n", lines[3]],
        [*lines, lines[3]],
        [b"{}\n"],
        [b"\xff\n"],
        [],
    ):
        ledger.path.write_bytes(b"".join(made))
        with pytest.raises(InputError, match="nothing is released on a ledger that cannot be trusted"):
            _spend(ledger, "0.1")
        assert ledger.path.read_bytes() == b"".join(made)
    ledger.path.write_bytes(b"".join(lines[:3]))
    assert ledger.account().left[0] == Fraction(7, 10)
    with pytest.raises(InputError, match="no line has the hash that was noted"):
        ledger.account(holds=noted)


def test_a_clock_that_goes_back_is_told_and_spends_all_the_same(tmp_path: Path) -> None:
    ledger = _ledger(tmp_path)
    _spend(ledger, "0.1", at="2026-11-23T12:00:00Z")
    assert not ledger.account().is_backwards
    _spend(ledger, "0.1", at="2026-11-23T11:00:00Z")
    assert ledger.account().is_backwards
    assert ledger.account().left[0] == Fraction(8, 10)


@pytest.mark.parametrize(("data", "people"), [("", "patients"), ("clinic", " ")])
def test_a_ledger_says_of_which_data_and_whom_it_is(tmp_path: Path, data: str, people: str) -> None:
    with pytest.raises(ValueError, match="of which data and of which people"):
        create_ledger(tmp_path / "b", data=data, people=people, epsilon="1", at=AT)
    assert not (tmp_path / "b").exists()


def test_a_ledger_is_opened_once_and_with_something_to_spend(tmp_path: Path) -> None:
    ledger = _ledger(tmp_path)
    with pytest.raises(InputError, match="exists already"):
        _ledger(tmp_path)
    for epsilon, delta in (("0", "0"), ("1", "1"), ("-1", "0")):
        with pytest.raises(ValueError, match=r"amount|budget has"):
            create_ledger(tmp_path / "c", data="d", people="p", epsilon=epsilon, delta=delta, at=AT)
    assert not (tmp_path / "c").exists()
    with pytest.raises(InputError, match="bartizan data budget create makes one"):
        Ledger(tmp_path / "none").account()
    assert ledger.account().budget.people == "patients"
