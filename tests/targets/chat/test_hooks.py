from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import msgspec
import pytest
from aiohttp import web

from bartizan.attacks.chat.family import ChatAttack, Scene
from bartizan.core.chat_spec import Hooks
from bartizan.core.errors import InputError
from bartizan.core.transcript import OTHER_USER, USER, Deed, Planted, SecretPlace
from bartizan.lab.chat.trying import try_once
from bartizan.targets.agent.loop import LabAgent
from bartizan.targets.chat.assistant import CannotDo, Setting, TrialFailed
from bartizan.targets.chat.hooks import HookedAssistant
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.wire import Address, Wire
from bartizan.targets.permission import Permission
from tests.lab.chat.cases import SAY_TOKEN, attempt, lab
from tests.targets.agent.scripted_model import ScriptedModel, says

HOOKS = Hooks(reset="/reset", plant="plant", deeds="/deeds", surfaces=("document", "email", "memory"))
MAIL = {"kind": "mail_sent", "tool": "outbox", "details": {"to": "x@sink.example"}}


class Service:
    """A team's own test environment: one for all, as most are."""

    def __init__(self) -> None:
        self.planted: list[Planted] = []
        self.deeds: Any = [MAIL]
        self.resets = 0
        self.status = 200

    async def reset(self, _: web.Request) -> web.Response:
        self.resets += 1
        self.planted.clear()
        return web.Response(status=204)

    async def plant(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return web.Response(status=self.status)
        self.planted.append(msgspec.json.decode(await request.read(), type=Planted))
        return web.json_response({"id": f"p{len(self.planted)}"})

    async def told(self, _: web.Request) -> web.Response:
        return web.json_response(self.deeds)


@asynccontextmanager
async def hooked(
    service: Service, hooks: Hooks = HOOKS, known: dict[SecretPlace, str] | None = None
) -> AsyncIterator[HookedAssistant]:
    app = web.Application()
    app.router.add_post("/reset", service.reset)
    app.router.add_post("/plant", service.plant)
    app.router.add_get("/deeds", service.told)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    permission = Permission(target=url, granted_by="Test", until=datetime.date(2099, 1, 1))
    wire = Wire(Address(url=url, retries=0), permission, Meter())
    try:
        yield HookedAssistant(LabAgent(ScriptedModel(says("Ok.")), tools=(), known=known), hooks, wire)
    finally:
        await wire.close()
        await runner.cleanup()


def test_a_world_is_reset_planted_in_and_its_deeds_are_read() -> None:
    async def scenario() -> None:
        service = Service()
        async with hooked(service) as assistant:
            assert {"chat", "tools"} <= assistant.card.abilities
            assert {"document", "email", "memory", "user_message"} <= assistant.card.surfaces
            world = await assistant.world(Setting())
            assert await world.plant(Planted(surface="email", name="Hello", text="Hi", metadata={"a": "b"})) == "p1"
            assert service.planted == [Planted(surface="email", name="Hello", text="Hi", metadata={"a": "b"})]
            assert (await (await world.talk()).say("Hello")).text == "Ok."
            deed = Deed(kind="mail_sent", tool="outbox", details={"to": "x@sink.example"})
            assert await world.deeds() == (deed,)
            with pytest.raises(CannotDo):
                await world.plant(Planted(surface="web_page", text="x"))
            with pytest.raises(CannotDo):
                await world.use_tool("outbox", {})
            await world.close()
            await assistant.close()
        assert service.resets == 1

    asyncio.run(scenario())


def test_canaries_are_laid_by_the_hook_with_their_owner() -> None:
    async def scenario() -> None:
        service = Service()
        async with hooked(service) as assistant:
            places = {"document", "memory", "other_session", "other_tenant"}
            assert places <= assistant.card.secrets
            secrets: dict[SecretPlace, str] = {"document": "c1", "memory": "c2", "other_session": "c3"}
            world = await assistant.world(Setting(secrets=secrets | {"other_tenant": "c4", "system_prompt": "c5"}))
            laid = [(one.surface, one.owner) for one in service.planted]
            assert laid == [("document", USER), ("memory", USER), ("memory", OTHER_USER), ("document", OTHER_USER)]
            assert all(f"c{n}" in one.text for n, one in enumerate(service.planted, 1))
            await world.close()

    asyncio.run(scenario())


def test_one_world_at_a_time() -> None:
    async def scenario() -> None:
        service = Service()
        async with hooked(service) as assistant:
            first = await assistant.world(Setting())
            second = asyncio.create_task(assistant.world(Setting()))
            await asyncio.sleep(0.05)
            assert not second.done()
            assert service.resets == 1
            await first.close()
            world = await second
            assert service.resets == 2
            await first.close()  # once more: it does not free what is not its own
            third = asyncio.create_task(assistant.world(Setting()))
            await asyncio.sleep(0.05)
            assert not third.done()
            await world.close()
            await (await third).close()

    asyncio.run(scenario())


def test_a_world_that_could_not_be_made_blocks_nobody() -> None:
    async def scenario() -> None:
        service = Service()
        service.status = 500
        async with hooked(service) as assistant:
            with pytest.raises(TrialFailed):
                await assistant.world(Setting(secrets={"document": "c1"}))
            service.status = 200
            world = await asyncio.wait_for(assistant.world(Setting(secrets={"document": "c1"})), 5)
            await world.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "deeds",
    [{"kind": "mail_sent"}, None, [{"kind": "sent", "tool": "x"}], [{"tool": "x"}], [{**MAIL, "details": {"to": 3}}]],
)
def test_what_is_no_list_of_deeds_is_an_error_and_no_miss(deeds: object) -> None:
    async def scenario() -> None:
        service = Service()
        service.deeds = deeds
        async with hooked(service) as assistant:
            world = await assistant.world(Setting())
            with pytest.raises(TrialFailed, match="answers no list of deeds"):
                await world.deeds()
            await world.close()

    asyncio.run(scenario())


def test_surfaces_that_there_are_not_are_named() -> None:
    class Nobody:
        async def get(self, path: str) -> Any:
            raise AssertionError

        async def post(self, path: str, body: object) -> Any:
            raise AssertionError

    inner = LabAgent(ScriptedModel(says("Ok.")))
    with pytest.raises(InputError, match="'emails'; did you mean 'email'"):
        HookedAssistant(inner, Hooks(plant="/plant", surfaces=("emails",)), Nobody())
    without = HookedAssistant(inner, Hooks(deeds="/deeds"), Nobody())
    assert without.card.secrets == inner.card.secrets


def test_no_canary_is_laid_where_a_text_is_known_to_lie_already() -> None:
    async def scenario() -> None:
        service = Service()
        async with hooked(service, known={"document": "the word of the minutes"}) as assistant:
            assert assistant.laid == {"memory", "other_session", "other_tenant"}
            assert "document" in assistant.card.secrets
            world = await assistant.world(Setting(secrets={"memory": "c2", "document": "c1"}))
            assert [one.surface for one in service.planted] == ["memory"]
            await world.close()

    asyncio.run(scenario())


class _Breaks(ChatAttack, frozen=True, kw_only=True, tag="breaks"):
    """Goes wrong, or on and on, behind the hooks."""

    id: ClassVar[str] = "breaks"
    title: ClassVar[str] = "Goes wrong"
    how: str

    async def run(self, scene: Scene) -> None:
        await (await scene.world.talk()).say("Hello")
        if self.how == "fails":
            raise TrialFailed("it is down", again=False)
        if self.how == "crashes":
            raise RuntimeError("a slip")
        if self.how == "renews":
            await scene.renew()
            raise TrialFailed("it is down", again=False)
        await asyncio.sleep(60)


@pytest.mark.parametrize("how", ["fails", "crashes", "renews", "takes too long", "is cancelled"])
def test_a_trial_that_goes_wrong_leaves_the_environment_to_the_next_one(how: str) -> None:
    async def scenario() -> None:
        async with hooked(Service()) as assistant:
            one = attempt(SAY_TOKEN, _Breaks(how=how))
            trial = asyncio.create_task(try_once(one, lab(assistant, longest=0.3 if how == "takes too long" else 30)))
            waiting = asyncio.create_task(assistant.world(Setting()))
            if how == "is cancelled":
                await asyncio.sleep(0.2)
                assert not waiting.done()
                trial.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await trial
            else:
                assert (await trial).outcome == "error"
            await (await asyncio.wait_for(waiting, 5)).close()
            assert not assistant.lock.locked()

    asyncio.run(scenario())


def test_who_is_cancelled_while_it_waits_takes_nothing() -> None:
    async def scenario() -> None:
        async with hooked(Service()) as assistant:
            first = await assistant.world(Setting())
            second = asyncio.create_task(assistant.world(Setting()))
            await asyncio.sleep(0.02)
            second.cancel()
            await first.close()
            await (await asyncio.wait_for(assistant.world(Setting()), 5)).close()

    asyncio.run(scenario())
