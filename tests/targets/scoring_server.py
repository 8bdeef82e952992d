"""A scoring server on this machine: it speaks KServe v2 and MLflow around a real model, or misbehaves as told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from bartizan.targets.predictor import Predictor

Reply = tuple[int, dict[str, str], bytes]


class Scoring:
    """What the server answers, and what it was asked. ``misbehave`` replaces an answer; it is given its number."""

    def __init__(self, model: Predictor, dtype: type = np.float64) -> None:
        self.model, self.dtype = model, dtype
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.misbehave: Callable[[int, bytes], Reply | None] | None = None
        self.stream: Callable[[Any], None] | None = None
        self.labels_only = False
        self.url = ""

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        asked = json.loads(body)
        self.requests.append((path, headers, asked))
        right = json.dumps(self.kserve(asked) if path.startswith("/v2/") else self.mlflow(asked)).encode()
        wrong = self.misbehave(len(self.requests) - 1, right) if self.misbehave else None
        return wrong or (200, {}, right)

    def scored(self, x: Any) -> Any:
        return self.model.labels(x) if self.labels_only else self.model.scores(x)

    def kserve(self, asked: Any) -> Any:
        tensor = asked["inputs"][0]
        x = np.array(tensor["data"], self.dtype).reshape(tensor["shape"])
        found = self.scored(x)
        datatype = "INT64" if self.labels_only else "FP64"
        shape, data = list(found.shape), found.reshape(-1).tolist()
        return {"model_name": "m", "outputs": [{"name": "out", "shape": shape, "datatype": datatype, "data": data}]}

    def mlflow(self, asked: Any) -> Any:
        form, given = next(iter(asked.items()))
        rows = given["data"] if form == "dataframe_split" else given
        x: Any = np.array(rows, self.dtype)
        return {"predictions": self.scored(x[:, 0] if self.dtype is object and x.ndim == 2 else x).tolist()}


@contextmanager
def serving(scoring: Scoring) -> Iterator[Scoring]:
    """The server on a free port of this machine; ``scoring.url`` is its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, headers, content = scoring.answer(self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            if scoring.stream is not None:
                scoring.stream(self.wfile)
            else:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up in the middle is what some tests want."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    scoring.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield scoring
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
