"""A supplier gets tokens, the person gets their words back, and nobody gets anybody else's."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import msgspec
import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.encode_model_output import EncodeModelOutput
from bartizan.controls.chat.exchange import Caller, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.model_input_confidentiality import ModelInputConfidentiality, Supplier
from bartizan.controls.chat.pipeline import Blocked, Pipeline, Watch
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.sensitive_output_handling import SensitiveOutputHandling
from tests.controls.chat.asking import call, data, exchange, system, user, watching

CHANNEL = Segment(part="answer", role="assistant")
BENCH = Bench(secret=b"for tests only")
MINE = user("I am anna@rivera.example, call me on +49 30 901820.")


async def admitted(
    *segments: Segment, guards: ChatGuard | list[ChatGuard] | None = None, bench: Bench = BENCH, **more: Any
) -> tuple[Watch, list[str]]:
    watch = watching(guards or ModelInputConfidentiality(), exchange(*segments, **more), bench)
    await watch.admit()
    return watch, [one.text for one in watch.exchange.segments[1:]]


def streamed(watch: Watch, text: str, seed: int = 0) -> tuple[str, int]:
    """As it leaves, and the most characters that were held."""
    rng, lane, out, at, held = random.Random(seed), watch.lane(CHANNEL), "", 0, 0
    while at < len(text):
        size = rng.choice((1, 2, 5, 20))
        lane.feed(text[at : at + size])
        watch.check(lane)
        at = min(len(text), at + size)
        out += lane.take(lane.cleared)
        held = max(held, at - lane.cleared)
    lane.flush()
    watch.check(lane)
    return out + lane.take(lane.end), held


def test_values_of_all_roles_are_hidden_and_come_back_in_answers_whole_or_in_pieces() -> None:
    async def run() -> None:
        watch, texts = await admitted(system("Mail goes to desk@rivera.example"), MINE, data("from bob@okafor.example"))
        sent = " ".join(texts)
        assert "@rivera" not in sent
        assert "@okafor" not in sent
        assert "901820" not in sent
        answer = f"Said: {texts[1]} And: {texts[2]}."
        whole = await watch.answered(msgspec.structs.replace(CHANNEL, text=answer))
        assert whole.text == f"Said: {MINE.text} And: from bob@okafor.example."
        for seed in range(20):
            assert streamed(watch, answer, seed)[0] == whole.text

    asyncio.run(run())


def test_prose_is_not_held_back_and_without_tokens_nobody_reads_it() -> None:
    async def run() -> None:
        watch, _ = await admitted(MINE)
        left, held = streamed(watch, "The weather stays mild and the plan goes on as it was made before, I hope. " * 5)
        assert held <= 5
        assert left.startswith("The weather")
        watch, _ = await admitted(user("hello"))
        assert not watch.lane(CHANNEL).readers

    asyncio.run(run())


def test_a_value_has_one_token_in_a_session_and_another_in_any_other() -> None:
    async def token(**more: Any) -> str:
        return (await admitted(user("anna@rivera.example"), **more))[1][0]

    async def run() -> None:
        assert await token(session="a") == await token(session="a")
        others = {
            await token(session="a"),
            await token(session="b"),
            await token(session="a", caller=Caller(id="bo")),
            await token(session="a", caller=Caller(id="jo", tenant="t")),
            await token(session="a", bench=Bench(secret=b"other")),
        }
        assert len(others) == 5

    asyncio.run(run())


def test_tokens_that_are_invented_or_of_another_session_stay_as_they_are() -> None:
    async def run() -> None:
        _, [foreign] = await admitted(user("bob@okafor.example"), session="theirs")
        watch, [own] = await admitted(user("anna@rivera.example"), session="mine")
        invented = "person-0123456789abcdef@mask.example"
        longer = own.replace("@", "0@")
        text = f"{foreign} {invented} {longer} {own.upper()} {own}"
        assert streamed(watch, text)[0] == f"{foreign} {invented} {longer} anna@rivera.example anna@rivera.example"

    asyncio.run(run())


def test_calls_get_values_where_the_policy_says_so_and_stay_json() -> None:
    async def run() -> None:
        guard = ModelInputConfidentiality(tools={"search_web": False})
        watch, [sent] = await admitted(user("anna@rivera.example"), guards=guard)
        arguments = json.dumps({"to": sent, "text": [f"Dear {sent}"]})
        passed = await watch.called(call("send_mail", arguments))
        kept = await watch.called(call("search_web", arguments))
        assert passed is not None
        assert kept is not None
        assert json.loads(passed.text) == {"to": "anna@rivera.example", "text": ["Dear anna@rivera.example"]}
        assert kept.text == arguments
        with pytest.raises(Blocked):
            await watch.called(call("send_mail", arguments[:-2]))

    asyncio.run(run())


def test_other_guards_judge_calls_with_their_values() -> None:
    async def run() -> None:
        guards = [SensitiveOutputHandling(actions={"email": "block"}), ModelInputConfidentiality()]
        watch, texts = await admitted(user("send it"), data("from bob@okafor.example"), guards=guards)
        with pytest.raises(Blocked):
            await watch.called(call("send_mail", json.dumps({"to": texts[1].split()[-1]})))

    asyncio.run(run())


def test_past_calls_stay_json() -> None:
    async def run() -> None:
        past = Segment(
            part="prompt", role="assistant", name="pay", text='{"card": 4539148803436467, "by": "anna@rivera.example"}'
        )
        _, [sent] = await admitted(past)
        read = json.loads(sent)
        assert set(read) == {"card", "by"}
        assert "4539148803436467" not in sent
        assert "anna" not in sent

    asyncio.run(run())


def test_a_supplier_gets_what_it_may_have_and_one_that_is_not_known_what_all_may() -> None:
    guard = ModelInputConfidentiality(
        default=Supplier(takes=("email", "phone")),
        suppliers={"near": Supplier(takes=("all",)), "far": Supplier(takes=("email",))},
    )

    async def sent(supplier: str) -> str:
        return (await admitted(MINE, guards=guard, supplier=supplier))[1][0]

    async def run() -> None:
        assert await sent("near") == MINE.text
        assert await sent("elsewhere") == MINE.text
        for name in ("far", ""):
            text = await sent(name)
            assert "anna@rivera.example" in text
            assert "901820" not in text

    asyncio.run(run())


def test_labels_secrets_and_files_may_be_kept_from_a_supplier() -> None:
    async def run() -> None:
        guard = ModelInputConfidentiality(default=Supplier(labels=("public*",)), secrets="block", attachments="block")
        await admitted(user("x", labels=frozenset({"public-site"})), guards=guard)
        for one in (
            user("x", labels=frozenset({"hr"})),
            user("token ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
            Segment(part="attachment", name="image/png"),
        ):
            with pytest.raises(Blocked):
                await admitted(one, guards=guard)

    asyncio.run(run())


def test_what_comes_back_is_judged_and_encoded_like_the_rest_of_the_answer() -> None:
    async def run() -> None:
        masks = SensitiveOutputHandling(actions={"personal": "mask"})
        guards = [masks, EncodeModelOutput(sink="sql_parameter"), ModelInputConfidentiality()]
        mine = user("My name is Sinead O'Hara, and I write from anna@rivera.example")
        watch, texts = await admitted(mine, data("bob@okafor.example"), guards=guards)
        assert "O'Hara" not in texts[0]
        left, _ = streamed(watch, f"yours: {texts[0]}; it's theirs: {texts[1]}.")
        assert left == "yours: My name is Sinead O''Hara, and I write from anna@rivera.example; it''s theirs: [email]."

    asyncio.run(run())


def test_a_guard_that_only_watches_leaves_prompts_and_answers_alone() -> None:
    async def run() -> None:
        asked = exchange(MINE)
        watch = Pipeline([Post(guard=ModelInputConfidentiality(), mode="monitor")], BENCH).watch(asked)
        assert not await watch.admit()
        assert asked.segments[1].text == MINE.text
        assert watch.records[0].enforced is False
        assert streamed(watch, "hello there")[0] == "hello there"

    asyncio.run(run())


def test_kinds_that_there_are_not_are_faults_and_nothing_shows_a_value() -> None:
    assert ModelInputConfidentiality(suppliers={"a": Supplier(takes=("emial",))}).faults()
    assert not ModelInputConfidentiality(suppliers={"a": Supplier(takes=("personal", "jwt"))}).faults()
    watch, _ = asyncio.run(admitted(MINE))
    assert "anna" not in repr(watch.exchange.notes) + repr(watch.records)


def test_what_names_a_person_beside_the_prompts_is_hidden_from_the_supplier_too() -> None:
    async def run() -> None:
        body = {
            "user": "anna@rivera.example",
            "safety_identifier": "a1b2",
            "metadata": {"from": "bob@okafor.example", "count": "3"},
        }
        watch = watching(ModelInputConfidentiality(), exchange(MINE, body=body), BENCH)
        (change, *_) = await watch.admit()
        assert change.before.part == "request"
        assert change.after is not None
        edits = dict(change.after.value)
        assert list(edits) == [("user",), ("metadata", "from")]
        assert "@rivera" not in str(edits)
        assert "@okafor" not in str(edits)
        allowed = ModelInputConfidentiality(default=Supplier(takes=("personal",)))
        assert await watching(allowed, exchange(user("hi"), body=body), BENCH).admit() == []

    asyncio.run(run())


def test_a_secret_beside_the_prompts_can_end_the_request() -> None:
    body = {"metadata": {"note": "the key is AKIAIOSFODNN7EXAMPLQ"}}
    guard = ModelInputConfidentiality(secrets="block")
    with pytest.raises(Blocked):
        asyncio.run(watching(guard, exchange(user("hi"), body=body), BENCH).admit())
