from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bartizan.core.chat import Message
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.model import Ask
from bartizan.targets.chat.process import ProcessModel

T = TypeVar("T")
ASK = Ask(messages=(Message(role="user", text="für dich\n\u2028$(touch x)"),), session="s", user="ann")
ECHO = """
    asked = json.loads(line)
    say({"text": asked["messages"][-1]["content"] + "|" + asked["user"] + "|" + str(os.getpid())})
"""
_FRAME = """
import json, os, sys, time
def say(what):
    sys.stdout.buffer.write((what if isinstance(what, bytes) else json.dumps(what).encode()) + b"\\n")
    sys.stdout.buffer.flush()
for line in sys.stdin:
"""


def using(folder: Path, body: str, work: Callable[[ProcessModel], Awaitable[T]], timeout: float = 5.0) -> T:
    (folder / "bot.py").write_text(_FRAME + body, "utf-8")

    async def run() -> T:
        model = ProcessModel((sys.executable, "bot.py"), folder, Meter(concurrency=3), timeout=timeout)
        try:
            return await work(model)
        finally:
            await model.close()

    return asyncio.run(run())


async def _twice(model: ProcessModel) -> tuple[str, str]:
    return (await model.reply(ASK)).message.text, (await model.reply(ASK)).message.text


async def _once(model: ProcessModel) -> str:
    return (await model.reply(ASK)).message.text


def test_a_process_answers_line_by_line_and_is_kept(tmp_path: Path) -> None:
    first, second = using(tmp_path, ECHO, _twice)
    assert first == second
    assert first.startswith("für dich\n\u2028$(touch x)|ann|")
    assert not (tmp_path / "x").exists()


def test_processes_answer_side_by_side_and_all_end_with_the_model(tmp_path: Path) -> None:
    async def work(model: ProcessModel) -> set[str]:
        replies = await asyncio.gather(*(model.reply(ASK) for _ in range(6)))
        return {reply.message.text.rpartition("|")[2] for reply in replies}

    pids = using(tmp_path, "    time.sleep(0.05)" + ECHO, work)
    assert 1 < len(pids) <= 3
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


@pytest.mark.parametrize(
    ("body", "says_so"),
    [
        ("    say(b'no json')\n", "no line of JSON: no json"),
        ("    say({'answer': 1})\n", "another line than"),
        ("    say([])\n", "another line than"),
        ("    say({'error': 'the model is gone'})\n", "answers an error: the model is gone"),
        ("    say(b'x' * 3_000_000)\n", "more than 2,000,000 bytes"),
        ("    sys.stdout.write('{'); sys.stdout.flush(); os._exit(1)\n", "ended before it answered"),
        ("    raise ValueError('out of cheese')\n", "ValueError: out of cheese"),
    ],
)
def test_what_a_process_does_wrong_is_a_failed_trial(tmp_path: Path, body: str, says_so: str) -> None:
    with pytest.raises(TrialFailed, match=says_so):
        using(tmp_path, body, _once)


def test_a_process_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    body = """
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    open("pids", "w").write(f"{os.getpid()} {child}")
    time.sleep(60)
"""
    start = time.monotonic()
    with pytest.raises(TrialFailed, match=r"longer than 1 s"):
        using(tmp_path, body, _once, timeout=1)
    assert time.monotonic() - start < 20
    own, child = (int(pid) for pid in (tmp_path / "pids").read_text("utf-8").split())
    for pid in (own, child):
        for _ in range(100):
            stat = Path(f"/proc/{pid}/stat")
            if not stat.exists() or stat.read_text("utf-8").split()[2] == "Z":
                break  # it is dead; whoever adopted it may not have looked yet
            time.sleep(0.02)
        else:
            pytest.fail(f"{pid} still runs")


def test_what_a_process_started_and_hid_holds_nobody_up(tmp_path: Path) -> None:
    body = """
    if os.fork() == 0:
        os.setsid()
        time.sleep(30)
        os._exit(0)
    time.sleep(60)
"""
    start = time.monotonic()
    with pytest.raises(TrialFailed, match=r"longer than 0\.6 s"):
        using(tmp_path, body, _once, timeout=0.6)
    assert time.monotonic() - start < 15


def test_a_process_that_writes_much_to_stderr_goes_on(tmp_path: Path) -> None:
    body = "    sys.stderr.write('warning ' * 100_000); sys.stderr.flush()" + ECHO
    assert using(tmp_path, body, _twice)[0].startswith("für dich")


def test_after_a_failure_a_new_process_answers(tmp_path: Path) -> None:
    body = (
        """
    if not os.path.exists("failed"):
        open("failed", "w").close()
        os._exit(1)
"""
        + ECHO
    )

    async def work(model: ProcessModel) -> str:
        with pytest.raises(TrialFailed):
            await model.reply(ASK)
        return (await model.reply(ASK)).message.text

    assert using(tmp_path, body, work).startswith("für dich")


def test_a_program_that_cannot_be_started_is_a_failed_trial(tmp_path: Path) -> None:
    async def run() -> None:
        with pytest.raises(TrialFailed, match="cannot be started") as caught:
            await ProcessModel(("./none",), tmp_path, Meter()).reply(ASK)
        assert not caught.value.again

    asyncio.run(run())
