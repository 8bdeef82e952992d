"""One of several programs has the turn; another takes over when it ends, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest
from sqlalchemy import text

from bartizan.register.opening import Register, open_register
from bartizan.register.turns import Turn


def test_one_of_two_has_the_turn_until_it_gives_it_back(register: Register, register_place: str) -> None:
    with closing(open_register(register_place)) as other, Turn(other, "work") as theirs:
        with Turn(register, "work") as ours:
            assert ours.take()
            assert ours.take()
            assert not theirs.take()
            with Turn(other, "other-work") as elsewhere:
                assert elsewhere.take()
        assert theirs.take()
        assert not ours.take()


_HOLDER = """
import sys, time
from bartizan.register.opening import open_register
from bartizan.register.turns import Turn
turn = Turn(open_register(sys.argv[1]), "work")
print(turn.take(), flush=True)
time.sleep(60)
"""


def test_the_turn_of_a_process_that_is_killed_goes_to_another(register: Register, register_place: str) -> None:
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, register_place], stdout=subprocess.PIPE, text=True)
    with Turn(register, "work") as ours:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not ours.take()
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
        until = time.monotonic() + 20
        while not ours.take():
            assert time.monotonic() < until, "the turn was not given up"
            time.sleep(0.02)


def test_a_turn_does_not_keep_others_from_writing(register: Register) -> None:
    with Turn(register, "work") as ours:
        assert ours.take()
        with register.change("anna") as change:
            change.record("note")
        assert ours.take()


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_turn_that_the_server_took_away_is_noticed(register: Register) -> None:
    with Turn(register, "work") as ours, Turn(register, "work") as other:
        assert ours.take()
        with register.engine.connect() as connection:
            locks = "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM ({locks}) AS held"))
        assert not ours.take()
        assert other.take()
