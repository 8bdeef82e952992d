"""How much the harness costs: trials a second and its own CPU per trial, against an endpoint that takes 5 ms.

The endpoint runs in a process of its own and counts what is in flight. garak, where it is installed (in an environment
of its own, named by GARAK_PYTHON), sends as many prompts to the same endpoint in the same run.

    python benchmarks/lab/harness.py [--short]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bartizan.attacks.chat.case_files import built_in
from bartizan.core.chat_spec import ChatSpec
from bartizan.core.extras import need
from bartizan.lab.chat.kept import KeptTrials
from bartizan.lab.chat.running import run_all
from bartizan.lab.chat.scheme import Depth, scheme
from bartizan.lab.chat.trying import Lab
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.opening import open_chat
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place

IN_FLIGHT = 64
ANSWER = {
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "I am sorry, but I cannot help with that. " * 4},
        }
    ],
    "usage": {"prompt_tokens": 40, "completion_tokens": 40},
}


def serve(port: int) -> None:
    """The endpoint: answers after 5 ms, and says how many requests were in flight at most."""
    web = need("aiohttp.web")
    seen = {"now": 0, "most": 0, "all": 0}
    content = json.dumps(ANSWER).encode()

    async def complete(request: object) -> object:
        await request.read()  # type: ignore[attr-defined]
        seen["now"] += 1
        seen["all"] += 1
        seen["most"] = max(seen["most"], seen["now"])
        await asyncio.sleep(0.005)
        seen["now"] -= 1
        return web.Response(body=content, content_type="application/json")

    async def told(request: object) -> object:
        answer = web.json_response(dict(seen))
        seen.update(most=0, all=0)
        return answer

    application = web.Application()
    application.router.add_post("/v1/chat/completions", complete)
    application.router.add_get("/seen", told)
    web.run_app(application, host="127.0.0.1", port=port, print=None, access_log=None)


def seen_by(port: int) -> dict[str, int]:
    """What the endpoint counted since it was last asked."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/seen", timeout=5) as answer:
        found: dict[str, int] = json.loads(answer.read())
    return found


def ours(port: int, trials: int) -> dict[str, float]:
    """One run: trials, wall seconds, CPU seconds of this process, requests in flight at most."""
    return asyncio.run(_ours(port, trials))


async def _ours(port: int, trials: int) -> dict[str, float]:
    url = f"http://127.0.0.1:{port}/v1"
    spec = ChatSpec(kind="openai", url=url, model="dummy", concurrency=IN_FLIGHT)
    until = datetime.date.today() + datetime.timedelta(days=1)
    permission = Permission(target=f"http://127.0.0.1:{port}", granted_by="the benchmark", until=until)
    meter = Meter(concurrency=IN_FLIGHT)
    assistant = await open_chat(spec, Place(file="benchmark"), permission=permission, meter=meter)
    cases = [case for case in built_in() if not any(one.needs for one in case.detect)]
    plan = scheme(cases, assistant.card, None, Depth(repeats=50, dresses=1, attacks=("plain", "as_written")))
    attempts = plan.attempts[:trials]
    seen_by(port)
    with tempfile.TemporaryDirectory() as folder, KeptTrials(Path(folder), "bench") as kept:
        cpu, start = time.process_time(), time.perf_counter()
        ended = await run_all(attempts, (), Lab(assistant=assistant, today="2026-01-01"), kept, concurrency=IN_FLIGHT)
        spent, took = time.process_time() - cpu, time.perf_counter() - start
    await assistant.close()
    assert len(ended.trials) == len(attempts), ended.why
    assert not any(one.outcome == "error" for one in ended.trials)
    told = seen_by(port)
    return {"trials": len(attempts), "cpu": spent, "wall": took, "requests": told["all"], "most": told["most"]}


def garak(port: int, python: str, generations: int) -> dict[str, float] | None:
    """garak's REST generator on the same endpoint with 64 parallel attempts; None where it does not run."""
    with tempfile.TemporaryDirectory() as folder:
        options = Path(folder) / "rest.json"
        options.write_text(
            json.dumps(
                {
                    "rest": {
                        "RestGenerator": {
                            "uri": f"http://127.0.0.1:{port}/v1/chat/completions",
                            "method": "post",
                            "headers": {"content-type": "application/json"},
                            "req_template_json_object": {
                                "model": "d",
                                "messages": [{"role": "user", "content": "$INPUT"}],
                            },
                            "response_json": True,
                            "response_json_field": "$.choices[0].message.content",
                        }
                    }
                }
            )
        )
        seen_by(port)
        command = [python, "-m", "garak", "--target_type", "rest", "-G", str(options), "--probes", "dan.Dan_11_0"]
        command += ["--parallel_attempts", str(IN_FLIGHT), "--generations", str(generations)]
        command += ["--report_prefix", str(Path(folder) / "run"), "--skip_unknown"]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=900,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "HOME": folder},
            check=False,
        )
        took, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        asked = seen_by(port)
        if done.returncode != 0 or not asked["all"]:
            print(done.stderr.decode()[-600:], file=sys.stderr)
            return None
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"trials": asked["all"], "cpu": spent, "wall": took, "requests": asked["all"], "most": asked["most"]}


def row(name: str, found: dict[str, float]) -> str:
    """One side in a line."""
    each = 1000 * found["cpu"] / found["trials"]
    rate = found["trials"] / found["wall"]
    return (
        f"  {name:10} {found['trials']:7,.0f} trials  {found['requests']:7,.0f} requests  "
        f"{each:8.2f} ms CPU each  {rate:8,.0f} a second  {found['most']:4.0f} in flight at most"
    )


def main() -> int:
    """Print both sides and whether the bar is met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--port", type=int, default=8791)
    given = parser.parse_args()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(given.port,), daemon=True)
    server.start()
    for _ in range(100):
        try:
            seen_by(given.port)
            break
        except OSError:
            time.sleep(0.1)
    runs = [ours(given.port, 300 if given.short else 3000) for _ in range(1 if given.short else 5)]
    print("The harness against an endpoint of 5 ms")
    for found in runs:
        print(row("bartizan", found))
    best = sorted(1000 * one["cpu"] / one["trials"] for one in runs)
    middle = best[len(best) // 2]
    peer = os.environ.get("GARAK_PYTHON", "")
    beside = garak(given.port, peer, 20 if given.short else 200) if peer else None
    if beside is not None:
        print(row("garak", beside))
        times = 1000 * beside["cpu"] / beside["trials"] / middle
        print(f"  garak's CPU per prompt is {times:.0f} times ours, its start included")
    elif not peer:
        print("  garak: skipped, set GARAK_PYTHON to the Python of an environment with garak==0.17.1")
    print(f"  bar: at most 1 ms of own CPU per trial: {middle:.2f} ms, {'met' if middle <= 1 else 'MISSED'}")
    print(f"  bar: {IN_FLIGHT} in flight: {max(one['most'] for one in runs):.0f}")
    server.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
