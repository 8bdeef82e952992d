"""A retrieval system behind a real server on this machine: fed, asked as several people, cleared away afterwards."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web

from bartizan.core.chat_spec import RetrievalSpec
from bartizan.core.transcript import ATTACKER, OTHER_USER, USER, Planted
from bartizan.targets.chat.assistant import CannotDo, Setting, TrialFailed, World
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.retrieval import WithRetrieval, extended, passages_of, vectors_of
from bartizan.targets.chat.wire import Address, Wire
from bartizan.targets.permission import Permission
from tests.attacks.chat.retriever import Extractive, Retriever

SPEC = RetrievalSpec(search="/search", ingest="/ingest", delete="/delete", embed="/embed")
NOTE = Planted(surface="document", text="The wood comes from the north.", name="wood.md", author=USER)


@asynccontextmanager
async def served(retriever: Retriever, spec: RetrievalSpec = SPEC) -> AsyncIterator[WithRetrieval]:
    """The system behind HTTP, and the target that reaches it."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return web.json_response(await retriever.post(request.path, await request.json()))
        except TrialFailed:
            return web.json_response({"error": "failed"}, status=400)

    app = web.Application()
    app.router.add_post("/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    granted = Permission(target=url, granted_by="the test", until=datetime.date(2100, 1, 1))
    target = WithRetrieval(Extractive(retriever), spec, Wire(Address(url=url, retries=0), granted, Meter()))
    try:
        yield target
    finally:
        await target.close()
        await runner.cleanup()


def test_what_is_ingested_is_found_deleted_and_gone() -> None:
    async def walk() -> None:
        async with served(Retriever()) as target:
            world = await target.world(Setting())
            told = await world.plant(NOTE)
            found = await world.search("wood from the north", USER, 3)
            assert [one.text for one in found] == [NOTE.text]
            assert found[0].id == told
            assert found[0].score > 0
            await world.forget(told)
            assert await world.search("wood from the north", USER, 3) == ()

    asyncio.run(walk())


def test_canaries_lie_with_their_owners() -> None:
    async def walk() -> None:
        async with served(Retriever()) as target:
            world = await target.world(Setting(secrets={"other_tenant": "WREN-11", "document": "WREN-22"}))
            shown = {
                user: " ".join(one.text for one in await world.search("number of the contract", user, 9))
                for user in (USER, OTHER_USER, ATTACKER)
            }
            assert {user for user, text in shown.items() if "WREN-11" in text} == {OTHER_USER}
            assert {user for user, text in shown.items() if "WREN-22" in text} == {USER}

    asyncio.run(walk())


def test_a_world_leaves_nothing_behind() -> None:
    async def walk() -> None:
        retriever = Retriever()
        async with served(retriever) as target:
            world = await target.world(Setting(secrets={"document": "WREN-22"}))
            await world.plant(NOTE)
            assert len(retriever.documents) == 2
            await world.close()
            assert retriever.documents == {}

    asyncio.run(walk())


def test_what_cannot_be_deleted_costs_no_result_and_is_told() -> None:
    async def walk() -> None:
        retriever = Retriever()
        async with served(retriever, RetrievalSpec(search="/search", ingest="/ingest")) as target:
            assert "deletion" not in target.card.abilities
            world: Any = await target.world(Setting())
            told = await world.plant(NOTE)
            with pytest.raises(CannotDo):
                await world.forget(told)
            await world.close()
            assert world.left_behind == (told,)

    asyncio.run(walk())


def test_the_card_says_what_the_description_gives() -> None:
    bare = Extractive(Retriever()).card

    assert extended(bare, RetrievalSpec()) == bare
    assert extended(bare, RetrievalSpec(search="/s")).abilities == bare.abilities | {"retrieval"}
    assert extended(bare, RetrievalSpec(embed="/e")).abilities == bare.abilities | {"vectors"}
    assert extended(bare, RetrievalSpec(delete="/d")).abilities == bare.abilities
    whole = extended(bare, SPEC)
    assert whole.abilities == bare.abilities | {"retrieval", "deletion", "vectors"}
    assert {"document", "metadata"} <= whole.surfaces
    assert whole.secrets == {"document", "other_tenant"}


def test_what_the_system_does_not_give_is_asked_of_the_inner_one() -> None:
    async def walk() -> None:
        async with served(Retriever(), RetrievalSpec()) as target:
            world = await target.world(Setting())
            for asked in (world.plant(NOTE), world.search("x"), world.vectors(("x",)), world.forget("d1")):
                with pytest.raises(CannotDo):
                    await asked
            assert (await (await world.talk()).say("wood")).text == "I do not know."

    asyncio.run(walk())


def test_the_same_text_has_the_same_vector_over_the_wire() -> None:
    async def walk() -> tuple[tuple[float, ...], ...]:
        async with served(Retriever(safeguards=frozenset())) as target:
            world: World = await target.world(Setting())
            return await world.vectors(("oak", "ash", "oak"))

    oak, ash, again = asyncio.run(walk())
    assert oak == again
    assert oak != ash


@pytest.mark.parametrize(
    "answer",
    [None, {}, {"passages": []}, "text", 7, [None], [{}], [{"text": None}], [{"text": 3}], ["a"], [{"id": "1"}]],
)
def test_an_answer_that_is_no_list_of_passages_is_an_error_and_no_result(answer: object) -> None:
    with pytest.raises(TrialFailed, match="'search' must answer"):
        passages_of(answer)


def test_a_passage_needs_only_a_text_and_odd_parts_are_read_as_they_can_be() -> None:
    plain, odd = passages_of([{"text": "a"}, {"text": "b", "id": 7, "owner": None, "source": ["x"], "score": "high"}])

    assert (plain.id, plain.owner, plain.score) == ("", "", 0.0)
    assert (odd.id, odd.owner, odd.source, odd.score) == ("7", "", "['x']", 0.0)
    assert passages_of([{"text": "a", "score": float("nan")}])[0].score == 0.0
    assert len(passages_of([{"text": "a"}] * 5000)) == 1000


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        [[1.0]],
        [[1.0], [1.0, 2.0]],
        [[1.0], ["x"]],
        [[1.0], None],
        [[1.0], [float("inf")]],
        [[1], [10**400]],
    ],
)
def test_an_answer_that_is_no_vectors_is_an_error_and_no_result(answer: object) -> None:
    with pytest.raises(TrialFailed, match="'embed' must answer"):
        vectors_of(answer, 2)


@pytest.mark.parametrize("answer", [None, [], {}, {"id": ""}, {"id": None}, {"id": True}, {"id": []}, "d1"])
def test_an_ingestion_that_gives_no_id_is_an_error_and_no_result(answer: object) -> None:
    class Odd(Retriever):
        async def post(self, path: str, body: Any) -> Any:
            return answer

    async def walk() -> None:
        world = await WithRetrieval(Extractive(Odd()), SPEC, Odd()).world(Setting())
        await world.plant(NOTE)

    with pytest.raises(TrialFailed, match="'ingest' must answer"):
        asyncio.run(walk())


def test_hostile_answers_are_shown_as_one_printable_line() -> None:
    with pytest.raises(TrialFailed) as caught:
        passages_of("\x1b[31mred\n" * 500)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_a_world_that_cannot_be_furnished_takes_back_what_it_laid() -> None:
    class Full(Retriever):
        def ingest(self, planted: dict[str, Any]) -> dict[str, str]:
            if self.documents:
                raise TrialFailed("full")
            return super().ingest(planted)

    retriever = Full()
    target = WithRetrieval(Extractive(retriever), SPEC, retriever)

    with pytest.raises(TrialFailed, match="full"):
        asyncio.run(target.world(Setting(secrets={"other_tenant": "A", "document": "B"})))
    assert retriever.documents == {}


def test_nothing_is_laid_where_a_text_is_known_to_lie_already() -> None:
    async def walk() -> None:
        retriever = Retriever()
        inner = Extractive(retriever)
        inner.card = msgspec.structs.replace(inner.card, known={"other_tenant": "the number of their contract"})
        card = extended(inner.card, SPEC)
        assert "document" in card.secrets
        async with served(retriever) as target:
            target.inner = inner
            world = await target.world(Setting(secrets={"other_tenant": "WREN-11", "document": "WREN-22"}))
            everything = [
                one.text for user in (USER, OTHER_USER) for one in await world.search("number of the contract", user, 9)
            ]
            assert "WREN-22" in " ".join(everything)
            assert "WREN-11" not in " ".join(everything)

    asyncio.run(walk())
