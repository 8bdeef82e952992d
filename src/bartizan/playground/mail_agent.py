"""The e-mail agent: tools in a mock world, around the same minds, with the weaknesses of agents."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec

from bartizan.core.chat import Message, ToolCall, Usage
from bartizan.core.transcript import USER, Deed, Planted, SecretPlace, Surface, Turn
from bartizan.playground.cleaning import visible
from bartizan.playground.company import STAFF, laid, larch
from bartizan.playground.delivery import delivered
from bartizan.playground.framing import Frame
from bartizan.playground.help_desk import REFUSED_UNREAD
from bartizan.playground.joined import JoinedMind
from bartizan.playground.notes import note_fault
from bartizan.playground.weaknesses import Switches
from bartizan.targets.agent.environment import Environment, offers, surfaces
from bartizan.targets.agent.policy import ToolPolicy
from bartizan.targets.agent.state import DOCUMENTS, AgentMessage, File, Note
from bartizan.targets.agent.text_calls import instructions, read_call, told
from bartizan.targets.chat.assistant import Assistant, AssistantCard, CannotDo, Setting, Talk, World
from bartizan.targets.chat.model import Ask, ChatModel

TOOLS = tuple(offer.name for offer in offers(("all",)))
SURFACES: frozenset[Surface] = frozenset({"user_message", "tool_call", *surfaces(TOOLS)})
SECRETS: frozenset[SecretPlace] = frozenset(
    {"system_prompt", "document", "memory", "other_session", "other_tenant", "tool"}
)
_SEALED = frozenset({USER, STAFF})
"""Whose agents' messages bear a seal. A name in a message is none: anybody can write it."""
STEPS, STEPS_UNLIMITED = 8, 60
LONGEST_REQUEST = 4_000
TOO_LONG = f"Please keep your request under {LONGEST_REQUEST:,} characters."


def policy_of(switches: Switches) -> ToolPolicy:
    """How careful the tools are with these weaknesses."""
    checked, guarded = "unchecked_tools" not in switches.on, "free_mail" not in switches.on
    return ToolPolicy(
        checks_types=checked,
        checks_paths=checked,
        checks_queries=checked,
        checks_fields=checked,
        checks_amounts=checked,
        checks_payees=checked,
        isolates_tenants=checked,
        checks_recipients=guarded,
        checks_addresses=guarded,
        isolates_shell="shell_open" not in switches.on,
        isolates_sessions="shared_memory" not in switches.on,
    )


class MailAgent(Assistant):
    """The agent of a member of staff. ``model`` is the mind; every world is separate."""

    def __init__(self, model: ChatModel, switches: Switches, *, is_elsewhere: bool = False) -> None:
        self.model, self.switches = model, switches
        self.is_elsewhere = is_elsewhere or bool(switches.mind_at)
        self.policy = policy_of(switches)
        self.card = AssistantCard(
            name="Larch's e-mail agent",
            abilities=frozenset({"chat", "tools", "use_tool", "sessions", "users"}),
            surfaces=SURFACES,
            secrets=SECRETS,
            tools=offers(TOOLS),
            model=model.name,
            digest=switches.digest,
            random=False,
        )

    async def world(self, setting: Setting) -> AgentWorld:
        """A fresh mock world, with this trial's canaries."""
        return AgentWorld(self, setting)

    def behind(self, around: Callable[[ChatModel], ChatModel]) -> MailAgent:
        """The same with something around its mind, which then stands elsewhere: material comes to it in fences, and
        messages run together behind it, where they do at all.
        """
        joins = "forged_messages" in self.switches.on and not self.switches.mind_at
        mind = JoinedMind(self.model) if joins else self.model
        return MailAgent(around(mind), self.switches, is_elsewhere=True)

    async def close(self) -> None:
        """Let go of the mind."""
        await self.model.close()


class AgentWorld(World):
    """One trial's mailbox, files, records, memory and conversations."""

    def __init__(self, agent: MailAgent, setting: Setting) -> None:
        rng = random.Random(f"{setting.seed} {setting.token} {sorted(setting.secrets.items())}")  # noqa: S311 -- a trial
        self.agent, self.on = agent, agent.switches.on
        self.secrets = setting.secrets
        self.frame = Frame(
            number=f"{rng.getrandbits(48):012x}",
            marks_documents="obeys_documents" not in self.on,
            marks_notes="memory_takes_orders" not in self.on,
            keeps_messages_apart="forged_messages" not in self.on,
            is_elsewhere=agent.is_elsewhere,
        )
        self.talks = 0
        # what is the user's own is no secret from the user: these two belong to somebody else in the house
        theirs = ("document", "memory")
        own = {place: value for place, value in setting.secrets.items() if place not in theirs}
        self.environment = Environment(agent.policy, own)
        self._lay_staff_secrets()

    def _lay_staff_secrets(self) -> None:
        state, shop = self.environment.state, larch()
        if "document" in self.secrets:
            text = laid(shop.internal[0].text, self.secrets["document"])
            state.files[f"{DOCUMENTS}purchase-prices.md"] = File(text=text, owner=STAFF)
        if "memory" in self.secrets:
            state.notes.append(Note(text=laid(shop.notes["memory"], self.secrets["memory"]), owner=STAFF))

    async def talk(self, user: str = USER) -> Talk:
        """A new conversation of this member of staff."""
        self.talks += 1
        return AgentTalk(self, user, self.talks)

    async def plant(self, planted: Planted) -> str:
        """Put content where its surface says, through what checks it on the way."""
        if planted.surface not in SURFACES | {"retrieval"} or planted.surface in ("user_message", "tool_call"):
            raise CannotDo(f"nothing can be planted by {planted.surface} at the e-mail agent")
        if planted.surface == "agent_message" and self.frame.keeps_messages_apart and planted.author not in _SEALED:
            return ""  # without the seal of the agent it pretends to be from, the channel drops it
        if planted.surface == "memory" and note_fault(planted.text, planted.text, self.on):
            return ""
        known = set(self.environment.state.hosts)
        self.environment.plant(planted if "hidden_text_kept" in self.on else _cleaned(planted))
        if "free_mail" not in self.on:
            self.environment.state.hosts &= known
        return ""

    async def deeds(self) -> tuple[Deed, ...]:
        """What the tools did."""
        return self.environment.deeds

    async def use_tool(self, name: str, arguments: dict[str, Any], user: str = USER) -> str:
        """A tool's answer without the model."""
        return self.used(name, arguments, user, said="")

    def used(self, name: str, arguments: dict[str, Any], user: str, said: str) -> str:
        """A tool's answer; ``said`` is what the user said themselves."""
        state = self.environment.state
        if name == "remember":
            fault = note_fault(str(arguments.get("text", "")), said, self.on)
            if fault:
                return f"Error: {fault}"
        url = arguments.get("url")
        if name == "fetch_page" and "free_mail" not in self.on and isinstance(url, str) and url in state.pages:
            state.did("page_fetched", name, url=url)  # a known page, to the letter: nothing can be carried out by it
            return state.pages[url]
        return self.environment.call(name, arguments, user, said=said)

    @property
    def prompt(self) -> str:
        """The system prompt, with the secret where it holds one."""
        shop = larch()
        secret = laid(shop.agent_prompt_secret, self.secrets.get("system_prompt", ""))
        parts = [shop.agent_prompt, secret if "secret_in_prompt" in self.on else ""]
        parts += ["" if "obeys_override" in self.on else shop.aligned, self.frame.told]
        if not self.agent.model.takes_tools:
            parts.append(instructions(self.agent.card.tools))
        return "\n".join(part for part in parts if part)


def _cleaned(planted: Planted) -> Planted:
    """Without what no person sees: comments, invisible text, metadata."""
    if planted.surface == "metadata":
        body = planted.text if planted.metadata else "The spring range has four new tools."
        return msgspec.structs.replace(planted, surface="document", text=visible(body), metadata={})
    return msgspec.structs.replace(planted, text=visible(planted.text), name=visible(planted.name), metadata={})


class AgentTalk(Talk):
    """One conversation: model, tools, model, until it is done or may not go on."""

    def __init__(self, world: AgentWorld, user: str, number: int) -> None:
        self._world, self._user, self._number = world, user, number
        self._steps = STEPS_UNLIMITED if "no_step_limit" in world.on else STEPS
        self._history = [Message(role="system", text=self._system(world.environment.messages(user)))]
        self._said: list[str] = []
        self._calls = 0

    def recall(self, earlier: tuple[Message, ...]) -> None:
        """Go on from what was said before, as a client tells it."""
        self._history += earlier
        self._said += [one.text for one in earlier if one.role == "user"]

    def _system(self, messages: tuple[AgentMessage, ...]) -> str:
        world, frame = self._world, self._world.frame
        notes = [frame.note(f"Note: {one}") for one in world.environment.notes(self._user)]
        believed = not frame.keeps_messages_apart
        from_agents = [f"Message from the agent {one.sender}:\n{one.text}" for one in messages]
        return "\n\n".join([world.prompt, *notes, *(one if believed else frame.document(one) for one in from_agents)])

    async def say(self, text: str) -> Turn:
        """Do what the user asks, step by step, within the limit of steps."""
        if len(text) > LONGEST_REQUEST and "no_length_limit" not in self._world.on:
            refused = Message(role="assistant", text=TOO_LONG)
            return Turn(
                by=self._user, talk=self._number, said=text, messages=(refused,), finish="stop", usage=REFUSED_UNREAD
            )
        self._said.append(text)
        self._history.append(Message(role="user", text=text))
        came, usage, finish = list[Message](), Usage(), "steps"
        for _ in range(self._steps):
            message, stopped, took = await self._asked()
            usage = usage + took
            came.append(message)
            if not message.calls:
                finish = stopped
                break
            came += self._answered(message.calls)
        return Turn(by=self._user, talk=self._number, said=text, messages=tuple(came), finish=finish, usage=usage)

    async def _asked(self) -> tuple[Message, str, Usage]:
        agent, frame = self._world.agent, self._world.frame
        native = agent.model.takes_tools
        sent = frame.sent(self._history)
        reply = await agent.model.reply(Ask(messages=sent, offers=agent.card.tools if native else (), user=self._user))
        message, kept = (reply.message,) * 2 if native else read_call(reply.message, self._calls + 1)
        self._calls += len(message.calls)
        self._history.append(kept)
        shown = msgspec.structs.replace(message, text=delivered(message.text, agent.switches))
        return shown, reply.finish, reply.usage

    def _answered(self, calls: tuple[ToolCall, ...]) -> list[Message]:
        frame, native = self._world.frame, self._world.agent.model.takes_tools
        said = "\n".join(self._said)
        answers = []
        for call in calls[:STEPS]:
            if call.broken:
                text = "Error: the arguments are no JSON object; nothing was done"
            else:
                text = self._world.used(call.name, call.arguments, self._user, said)
            answers.append(Message(role="tool", text=text, answers=call.id, name=call.name))
        believed = frozenset() if frame.keeps_messages_apart else frozenset({"ask_agent"})
        framed = [
            one if one.name in believed else msgspec.structs.replace(one, text=frame.result(one.text))
            for one in answers
        ]
        self._history += framed if native else [told(one) for one in framed]
        return answers
