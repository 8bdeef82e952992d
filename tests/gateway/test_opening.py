"""From settings to a service that runs, to the next settings, and to its end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import msgspec
import pytest

from bartizan.core.errors import InputError
from bartizan.gateway.app import Gateway
from bartizan.gateway.events.reading import read_events
from bartizan.gateway.opening import opened
from bartizan.gateway.settings import EventsSpec, LogSpec, ModelSpec, Settings, UpstreamSpec
from tests.gateway.running import Scripted, saying, served
from tests.gateway.watching import ANSWER, BODY, JSON


def _settings(address: str, folder: Path, region: str = "") -> Settings:
    return Settings(
        upstreams={"main": UpstreamSpec(url=address, key="env:THEIR_KEY", region=region)},
        models={"*": ModelSpec(upstreams=("main",))},
        events=EventsSpec(folder=str(folder)),
        log=LogSpec(exchanges="none"),
    )


def test_settings_become_a_service_and_give_way_to_others_without_losing_state_or_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEIR_KEY", "the-key")

    async def run() -> None:
        async with Scripted(saying(ANSWER)).up() as upstream, aiohttp.ClientSession() as client:
            settings = _settings(upstream.address, tmp_path)
            first = await opened(settings)
            first.service.upstreams.chosen("m", "openai").upstreams[0].breaker.failed()
            second = await opened(settings, like=first)
            third = await opened(_settings(upstream.address, tmp_path, region="eu"), like=second)
            assert second.shared is first.shared
            breakers = [one.service.upstreams.chosen("m", "openai").upstreams[0].breaker for one in (first, second)]
            assert breakers[0] is breakers[1]
            for one in (first, second, third):
                async with served(Gateway(one.service, settings)) as address:
                    url = f"{address}/v1/chat/completions"
                    async with client.post(url, data=BODY, headers=JSON) as answer:
                        assert await answer.read() == ANSWER
                    async with client.post(f"{address}/nowhere", data=BODY, headers=JSON) as answer:
                        assert answer.status == 404
                await one.close()
                await one.close()
            assert [one.headers["Authorization"] for one in upstream.seen] == ["Bearer the-key"] * 3

    asyncio.run(run())
    assert [one.status for one in read_events(tmp_path)] == [200] * 3


def test_settings_whose_secret_is_not_there_open_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THEIR_KEY", "the-key")
    settings = _settings("http://127.0.0.1:1", tmp_path)

    async def run() -> None:
        first = await opened(settings)
        monkeypatch.delenv("THEIR_KEY")
        with pytest.raises(InputError, match="THEIR_KEY"):
            await opened(settings, like=first)
        with pytest.raises(InputError, match="A_SECRET"):
            await opened(msgspec.structs.replace(settings, secret="env:A_SECRET"))
        await first.close()

    asyncio.run(run())
