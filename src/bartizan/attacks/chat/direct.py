"""Asking outright: the case's own words, its goal with nothing around it, or with one known wording around it."""

from __future__ import annotations

from typing import ClassVar

from bartizan.attacks.chat import wordings
from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.family import ChatAttack, Scene
from bartizan.core.transcript import ATTACKER, USER
from bartizan.targets.chat.assistant import Talk


def speaker(case: Case) -> str:
    """Who asks: the attacker, where what they want belongs to somebody else; else the user, who is the attacker."""
    others = case.secret in {"other_session", "other_tenant"} or "users" in case.needs
    return ATTACKER if others else USER


async def talk_of(scene: Scene) -> Talk:
    """A new conversation of who pursues the scene's case."""
    return await scene.world.talk(speaker(scene.case))


async def say_once(scene: Scene, text: str) -> None:
    """A conversation of one turn: the text with the trial's values in its places and its variation over it."""
    talk = await talk_of(scene)
    await talk.say(scene.vary(scene.fill(text)))


class AsWritten(ChatAttack, frozen=True):
    """Sends the case's own prompts, each as it stands."""

    id: ClassVar[str] = "as_written"
    title: ClassVar[str] = "The case's own words"
    each_prompt: ClassVar[bool] = True
    source: ClassVar[str] = "OWASP AI Exchange, testing: sources of inputs paired with detections"

    def is_for(self, case: Case) -> bool:
        """Cases that bring their own words and name no other attack."""
        return bool(case.prompts or case.turns) and (not case.attacks or self.id in case.attacks)

    async def run(self, scene: Scene) -> None:
        """One prompt, or the whole conversation."""
        talk = await talk_of(scene)
        for said in scene.case.turns or (scene.case.prompts[scene.prompt],):
            await talk.say(scene.vary(scene.fill(said)))


class Plain(ChatAttack, frozen=True):
    """The goal as an order, with nothing around it: what everything else is compared with."""

    id: ClassVar[str] = "plain"
    title: ClassVar[str] = "The plain order"
    source: ClassVar[str] = "OWASP AI Exchange, testing: start from the plain objective"

    async def run(self, scene: Scene) -> None:
        """One turn."""
        await say_once(scene, "{goal}")


class InstructionOverride(ChatAttack, frozen=True):
    """An order that claims to stand above all earlier ones."""

    id: ClassVar[str] = "instruction_override"
    title: ClassVar[str] = "Instruction override"
    source: ClassVar[str] = "Perez and Ribeiro, Ignore Previous Prompt (2022), goal hijacking"

    async def run(self, scene: Scene) -> None:
        """One turn, in a wording that the generator chooses."""
        await say_once(scene, scene.rng.choice(wordings.OVERRIDE))


class RolePlay(ChatAttack, frozen=True):
    """A fiction in which obeying is the part to be played."""

    id: ClassVar[str] = "role_play"
    title: ClassVar[str] = "Role play and fiction"
    source: ClassVar[str] = "Wei, Haghtalab, Steinhardt, Jailbroken (2023), competing objectives; Shen et al. (2023)"

    async def run(self, scene: Scene) -> None:
        """One turn."""
        await say_once(scene, scene.rng.choice(wordings.ROLES))


class RefusalSuppression(ChatAttack, frozen=True):
    """Forbids the words of a refusal, and begins the answer itself."""

    id: ClassVar[str] = "refusal_suppression"
    title: ClassVar[str] = "Refusal suppression and a prescribed beginning"
    source: ClassVar[str] = "Wei, Haghtalab, Steinhardt, Jailbroken (2023), section 3.1"

    async def run(self, scene: Scene) -> None:
        """One turn."""
        beginning = scene.rng.choice(wordings.COMPLIANT_BEGINNINGS)
        await say_once(scene, scene.rng.choice(wordings.SUPPRESSION).replace("{beginning}", beginning))


class PolicyBypass(ChatAttack, frozen=True):
    """Claims that the rules do not cover this, were changed, or are a setting that the user can write."""

    id: ClassVar[str] = "policy_bypass"
    title: ClassVar[str] = "Claims about the rules"
    source: ClassVar[str] = "OWASP AI Exchange, direct prompt injection; HiddenLayer, Policy Puppetry (2025)"

    async def run(self, scene: Scene) -> None:
        """One turn."""
        await say_once(scene, scene.rng.choice(wordings.BYPASS))


class PromptExtraction(ChatAttack, frozen=True):
    """Asks for what stands before the conversation: repeated, summarised, translated, encoded, as debug output.

    It brings its own words, for cases that name it and lay a canary there. Strong when it goes through all wordings.
    """

    id: ClassVar[str] = "prompt_extraction"
    title: ClassVar[str] = "System prompt extraction"
    source: ClassVar[str] = "Zhang, Carlini, Ippolito, Effective Prompt Extraction from Language Models (2024)"
    is_general: ClassVar[bool] = False

    wordings: int = 4
    """How many ways of asking are tried, each in a conversation of its own, drawn without repetition."""

    def __post_init__(self) -> None:
        """Refuse to ask nothing."""
        if self.wordings < 1:
            raise ValueError("wordings: ask in one way at least")

    @property
    def strong(self) -> bool:
        """Whether every way of asking is tried: the paper's attackers vote over about as many."""
        return self.wordings >= len(wordings.EXTRACTION)

    async def run(self, scene: Scene) -> None:
        """A conversation of one turn for each wording, until the secret is out."""
        many = min(self.wordings, len(wordings.EXTRACTION))
        for wording in scene.rng.sample(wordings.EXTRACTION, many):
            talk = await talk_of(scene)
            turn = await talk.say(scene.vary(scene.fill(wording)))
            if await scene.feedback(turn) >= 1:
                return
