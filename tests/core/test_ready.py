"""Structs are read from several threads only after one thread has read each once."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from bartizan.core.ready import read_structs_once
from bartizan.web.app import create_app

THREADS: Final = """
import sys, threading
import msgspec
from bartizan.core.ready import read_structs_once

sys.setswitchinterval(1e-6)
for _ in range(400):
    class Inner(msgspec.Struct, kw_only=True):
        number: "int" = 0
        words: "list[str] | None" = None
    class Outer(msgspec.Struct, kw_only=True):
        inner: "tuple[Inner, ...]" = ()
        named: "dict[str, Inner]" = {}
    for kind in (Inner, Outer):
        kind.__module__ = "bartizan.made"
    module = sys.modules["bartizan.made"] = type(sys)("bartizan.made")
    module.Inner, module.Outer = Inner, Outer
    assert read_structs_once() >= 2
    gate = threading.Barrier(8)
    found = []
    def read(kind=Outer):
        gate.wait()
        found.append(msgspec.convert({"inner": [{"number": 1}], "named": {"a": {"words": ["b"]}}}, kind))
    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8, found
print("read")
"""


def test_eight_threads_read_a_struct_at_once_after_it_was_read_once() -> None:
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "read"), done.stderr[-500:]


def test_all_structs_of_the_web_application_are_known_when_it_is_made() -> None:
    assert create_app.__module__ == "bartizan.web.app"
    assert read_structs_once() > 400
