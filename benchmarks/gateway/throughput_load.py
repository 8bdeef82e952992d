"""What the gateway's benchmark sends: prompts of 1.1 KB, by wrk at 32 connections, or one after the other."""

from __future__ import annotations

import json
import random
import re
import socket
import statistics
import subprocess
import tempfile
import time
from typing import Any

CONNECTIONS = 32
WORDS = "The quick brown fox jumps over the lazy dog near the river bank while it rains. "
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": WORDS}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 200, "completion_tokens": 20, "total_tokens": 220},
}
EVENTS = 22
_NUMBER = "0000000000"
_SCRIPT = """
local head, rest, number = [==[{}]==], [==[{}]==], {}
request = function()
  number = number + 1
  return wrk.format(nil, nil, nil, head .. string.format("%010d", number) .. rest)
end
"""
LONG = WORDS * 8
"""One delta that is longer than any guard holds back."""


def prompt(stream: bool, model: str = "m") -> bytes:
    """A request of about 1.1 KB."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "user", "content": f"Case {_NUMBER}: {(WORDS * 14)[:980]}"}],
    }
    return json.dumps({**body, "stream": True} if stream else body).encode()


def events(deltas: list[dict[str, Any]] | None = None) -> list[bytes]:
    """A stream of 22 events and its mark."""
    if deltas is None:
        words = WORDS.split()[: EVENTS - 2]
        deltas = [{"role": "assistant", "content": ""}, *({"content": f"{one} "} for one in words)]
        deltas += [{"content": "again "}] * (EVENTS - 1 - len(deltas)) + [{}]
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    said = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": None if d else "stop"}]} for d in deltas]
    return [*(b"data: " + json.dumps(one).encode() + b"\n\n" for one in said), b"data: [DONE]\n\n"]


def load(port: int, key: str, seconds: int, stream: bool) -> tuple[int, int]:
    """(requests, those that failed) of wrk on core 1. No two prompts are alike: nothing may be known from before."""
    head, rest = prompt(stream).decode().split(_NUMBER)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n')
        script.write(f'wrk.headers["Authorization"] = "Bearer {key}"\n')
        script.write(_SCRIPT.format(head, rest, random.randrange(10**9)))
        script.flush()
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"]
        said = subprocess.run([*command, "-s", script.name, url], capture_output=True, text=True, check=True).stdout
    done = re.search(r"(\d+) requests in", said)
    failed = [int(one) for one in re.findall(r"Non-2xx or 3xx responses: (\d+)", said)]
    for line in re.findall(r"Socket errors:.*", said):
        failed += [int(one) for one in re.findall(r"\d+", line)]
    return int(done.group(1)) if done else 0, sum(failed)


class Client:
    """One connection, kept: requests one after the other, each timed from its first byte out."""

    def __init__(self, port: int, key: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {key}\r\n"
            "content-type: application/json\r\ncontent-length: {}\r\n\r\n"
        )

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def asked(self, body: bytes, until: bytes) -> tuple[float, float]:
        """Milliseconds until some text was there, and until the answer was complete. Raises SystemExit."""
        began = time.perf_counter()
        body = body.replace(_NUMBER.encode(), b"%010d" % random.randrange(10**10))
        self._socket.sendall(self._head.format(len(body)).encode() + body)
        got, first, length = b"", 0.0, -1
        while True:
            piece = self._socket.recv(65536)
            got += piece
            if not first and until in got:
                first = time.perf_counter() - began
            head, found, rest = got.partition(b"\r\n\r\n")
            if not piece or (found and b" 200 " not in head[:20]):
                raise SystemExit(f"an answer was wrong: {got[:300]!r}")
            if length < 0 and (told := re.search(rb"(?i)content-length: (\d+)", head)):
                length = int(told.group(1))
            if found and (len(rest) >= length >= 0 or rest.endswith(b"0\r\n\r\n")):
                return first * 1e3, (time.perf_counter() - began) * 1e3


def alone(sides: dict[str, tuple[int, str]], body: bytes, until: bytes, times: int) -> dict[str, tuple[float, float]]:
    """Of each side the median (ms until some text, ms in all) at one connection; they take turns, one by one."""
    clients = {name: Client(port, key) for name, (port, key) in sides.items()}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for i in range(times + 5):
        for name, client in clients.items():
            found = client.asked(body, until)
            if i >= 5:
                taken[name].append(found)
    for client in clients.values():
        client.close()
    return {
        name: (statistics.median(one[0] for one in all_), statistics.median(one[1] for one in all_))
        for name, all_ in taken.items()
    }
