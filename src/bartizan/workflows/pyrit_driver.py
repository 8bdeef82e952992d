"""How PyRIT is run without its server: a short program for PyRIT's own Python, which runs scenarios one by one.

Written for PyRIT 1.1.0 (`scenario/core/scenario.py`). No ``.env`` file is read, and what is finished stays in the
database when it is told to end.
"""

from __future__ import annotations

DRIVER = """\
import asyncio
import importlib
import json
import os
import signal
import sys


def scenario_of(name):
    module, _, what = name.rpartition(".")
    return getattr(importlib.import_module("pyrit.scenario.scenarios." + module), what)


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    from pyrit.setup import initialize_pyrit_async

    await initialize_pyrit_async("SQLite", db_path=asked["database"], load_defaults=False, env_files=[], silent=True)
    from pyrit.prompt_target import OpenAIChatTarget

    scenarios = [(name, scenario_of(name)()) for name in asked["probes"]]
    for name, scenario in scenarios:
        target = OpenAIChatTarget(
            endpoint=asked["url"],
            model_name=asked["model"],
            api_key=os.environ["BARTIZAN_ENGINE_KEY"],
            temperature=asked["temperature"],
        )
        scenario.set_params_from_args(args={"objective_target": target})
        await scenario.initialize_async()
        await scenario.run_async()
        print(name, "done", flush=True)


try:
    asyncio.run(main())
except asyncio.CancelledError:
    sys.exit(143)
"""
