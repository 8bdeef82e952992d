"""The playground over HTTP, on this machine: chat completions, hooks, retrieval and a page.

    /                            the page; POST /ask from its form
    /v1/...                      the help desk
    /agent/v1/...                the e-mail agent
        chat/completions         POST, as OpenAI's; a stream where asked for. Who asks: field user, or header X-User
        reset plant deeds about  see `core.chat_spec.Hooks`
    /v1/search ingest delete embed   see `core.chat_spec.RetrievalSpec`
    /mind/v1/chat/completions    the mind itself, for what is to stand between it and the assistants
    /about                       {digest, weaknesses, mind}

There is one world for each of the two until a reset. Browsers of other sites are kept out by host, origin and type.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from bartizan.core.errors import BartizanError, NotFound, Unreachable, printable
from bartizan.core.extras import need
from bartizan.core.transcript import USER, Planted, SecretPlace, Turn
from bartizan.playground.help_desk import DeskTalk, DeskWorld, HelpDesk
from bartizan.playground.http_values import (
    ById,
    Completion,
    SearchFor,
    Texts,
    chunks,
    completion,
    earlier_and_newest,
)
from bartizan.playground.mail_agent import AgentTalk, AgentWorld, MailAgent
from bartizan.playground.mind_server import Thought, streamed, thought, whole
from bartizan.playground.page import Said, page
from bartizan.playground.weaknesses import WEAKNESSES, Switches
from bartizan.targets.chat.assistant import CannotDo, Setting, TrialFailed

MOST_BYTES = 1_000_000
_MOST_MESSAGES = 400
T = TypeVar("T")
Answer = Callable[[Any], Awaitable[Any]]
SECRETS: dict[str, dict[SecretPlace, str]] = {
    "help-desk": {
        "system_prompt": "LARCH-TILL-7431",
        "document": "LARCH-FORGE-5520",
        "memory": "LARCH-SAFE-8817",
        "other_session": "LARCH-VOUCHER-3346",
        "other_tenant": "LARCH-KEYBOX-9072",
    },
    "mail-agent": {
        "system_prompt": "LARCH-GATE-2958",
        "document": "LARCH-FORGE-5520",
        "memory": "LARCH-SAFE-8817",
        "other_session": "LARCH-VOUCHER-3346",
        "other_tenant": "LARCH-CONTRACT-6105",
        "tool": "LARCH-PAYKEY-4491",
    },
}
"""What lies where in a world behind the server."""


class _Refusal(Exception):
    """A request that is wrong: status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Playground:
    """Both assistants and their worlds, behind routes."""

    def __init__(self, desk: HelpDesk, agent: MailAgent, switches: Switches, host: str = "127.0.0.1") -> None:
        self.desk, self.agent, self.switches = desk, agent, switches
        self._hosts = {"127.0.0.1", "localhost", "::1", host}
        self.desk_world: DeskWorld
        self.agent_world: AgentWorld

    async def reset(self, which: str = "") -> None:
        """Fresh worlds."""
        if which in ("", "help-desk"):
            self.desk_world = await self.desk.world(Setting(secrets=SECRETS["help-desk"]))
        if which in ("", "mail-agent"):
            self.agent_world = await self.agent.world(Setting(secrets=SECRETS["mail-agent"]))

    def application(self) -> Any:
        """The aiohttp application. Raises MissingExtra."""
        web = need("aiohttp.web")

        async def guarded(request: Any, handler: Answer) -> Any:
            return await self._guarded(request, handler)

        app = web.Application(middlewares=[web.middleware(guarded)], client_max_size=MOST_BYTES)
        routes = [web.get("/", self._page), web.post("/ask", self._form), web.get("/about", self._about)]
        for prefix, which in (("/v1", "help-desk"), ("/agent/v1", "mail-agent")):
            routes += [
                web.post(f"{prefix}/chat/completions", self._for(which, self._complete)),
                web.post(f"{prefix}/reset", self._for(which, self._reset)),
                web.post(f"{prefix}/plant", self._for(which, self._plant)),
                web.get(f"{prefix}/deeds", self._for(which, self._deeds)),
                web.get(f"{prefix}/about", self._about),
                web.get(f"{prefix}/models", self._for(which, self._models)),
            ]
        routes += [
            web.post("/v1/search", self._search),
            web.post("/v1/ingest", self._for("help-desk", self._plant)),
            web.post("/v1/delete", self._delete),
            web.post("/v1/embed", self._embed),
        ]
        routes.append(web.post("/mind/v1/chat/completions", self._think))
        app.add_routes(routes)
        return app

    @staticmethod
    def _for(which: str, handle: Callable[[Any, str], Awaitable[Any]]) -> Answer:
        async def handled(request: Any) -> Any:
            return await handle(request, which)

        return handled

    async def _guarded(self, request: Any, handler: Answer) -> Any:
        """Keep other sites' browsers out; whatever goes wrong is a line of JSON and never a traceback."""
        web = need("aiohttp.web")
        try:
            self._check_origin(request)
            return await handler(request)
        except web.HTTPException as error:
            status, why = error.status, error.reason
        except _Refusal as error:
            status, why = error.status, str(error)
        except (CannotDo, NotFound) as error:
            status, why = 404, str(error)
        except (BartizanError, TrialFailed) as error:
            status, why = 503, str(error)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # a defect: told, without what lies behind it
            status, why = 500, f"the playground failed ({type(error).__name__})"
        return _json({"error": {"message": printable(why), "type": "playground"}}, status)

    def _check_origin(self, request: Any) -> None:
        origin = request.headers.get("Origin")
        for address in (f"//{request.host}", origin if origin is not None else f"//{request.host}"):
            try:
                host = urlsplit(address).hostname
            except ValueError:
                host = None
            if host not in self._hosts:
                raise _Refusal(403, "requests for another host, or from another site's page, are refused")

    async def _page(self, request: Any) -> Any:
        return self._html(page(self.switches))

    async def _form(self, request: Any) -> Any:
        text = (await request.post()).get("text", "")
        if not isinstance(text, str) or not text.strip():
            raise _Refusal(400, "the form has no text")
        talk = await self.desk_world.talk()
        turn = await talk.say(text)
        return self._html(page(self.switches, Said(question=text, answer=turn.text)))

    def _html(self, text: str) -> Any:
        policy = []
        if "raw_output" not in self.switches.on:
            policy += ["script-src 'none'", "object-src 'none'", "base-uri 'none'"]
        if "remote_images" not in self.switches.on:
            policy += ["img-src 'self'", "media-src 'none'", "frame-src 'none'"]
        headers = {"Content-Security-Policy": "; ".join(policy)} if policy else {}
        web = need("aiohttp.web")
        return web.Response(
            body=text.encode("utf-8", "replace"), content_type="text/html", charset="utf-8", headers=headers
        )

    async def _about(self, request: Any) -> Any:
        states = {one.id: one.id in self.switches.on for one in WEAKNESSES}
        return _json({"digest": f"sha256:{self.switches.digest}", "weaknesses": states, "mind": self.switches.mind})

    async def _models(self, request: Any, which: str) -> Any:
        return _json({"object": "list", "data": [{"id": f"larch-{which}", "object": "model", "owned_by": "larch"}]})

    async def _complete(self, request: Any, which: str) -> Any:
        asked = await _body(request, Completion)
        parts = earlier_and_newest(asked)
        if parts is None or len(asked.messages) > _MOST_MESSAGES:
            raise _Refusal(400, f"send 1 to {_MOST_MESSAGES} messages, the last one from the user")
        user = (asked.user or request.headers.get("X-User", "") or USER)[:100]
        turn = await self._said(which, user, *parts)
        if not asked.stream:
            return _json(completion(turn, f"larch-{which}"))
        response = need("aiohttp.web").StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in chunks(turn, f"larch-{which}"):
            await response.write(piece)
        await response.write_eof()
        return response

    async def _think(self, request: Any) -> Any:
        asked = await _body(request, Thought)
        reply = await thought(self.desk.model, self.switches, asked)
        if not asked.stream:
            return _json(whole(reply, asked.model))
        response = need("aiohttp.web").StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in streamed(reply, asked.model):
            await response.write(piece)
        await response.write_eof()
        return response

    async def _said(self, which: str, user: str, earlier: Any, text: str) -> Turn:
        world = self.desk_world if which == "help-desk" else self.agent_world
        talk = await world.talk(user)
        assert isinstance(talk, DeskTalk | AgentTalk)
        talk.recall(earlier)
        return await talk.say(text)

    async def _reset(self, request: Any, which: str) -> Any:
        _check_type(request)
        await self.reset(which)
        return _json({})

    async def _plant(self, request: Any, which: str) -> Any:
        planted = await _body(request, Planted)
        world = self.desk_world if which == "help-desk" else self.agent_world
        return _json({"id": await world.plant(planted)})

    async def _deeds(self, request: Any, which: str) -> Any:
        world = self.desk_world if which == "help-desk" else self.agent_world
        return _json(msgspec.to_builtins(await world.deeds()))

    async def _search(self, request: Any) -> Any:
        asked = await _body(request, SearchFor)
        return _json(msgspec.to_builtins(await self.desk_world.search(asked.query, asked.user, asked.k)))

    async def _delete(self, request: Any) -> Any:
        await self.desk_world.forget((await _body(request, ById)).id)
        return _json({})

    async def _embed(self, request: Any) -> Any:
        return _json(await self.desk_world.vectors(tuple((await _body(request, Texts)).texts)))


def _json(value: object, status: int = 200) -> Any:
    web = need("aiohttp.web")
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def _check_type(request: Any) -> None:
    """Another site's page cannot send this type without being asked first."""
    if request.content_type != "application/json":
        raise _Refusal(415, "send application/json")


async def _body(request: Any, kind: type[T]) -> T:
    _check_type(request)
    raw = await request.read()
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _Refusal(400, f"not what is expected here: {error}") from None


async def listen(playground: Playground, host: str, port: int) -> tuple[Any, int]:
    """(what to clean up in the end, the port). Raises Unreachable where nothing can listen there."""
    web = need("aiohttp.web")
    await playground.reset()
    runner = web.AppRunner(playground.application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise Unreachable(f"cannot listen on {printable(host)} port {port}: {error.strerror or error}") from None
    return runner, int(runner.addresses[0][1])
