"""Asking outright: the case's own words, or its goal with nothing around it."""

from __future__ import annotations

from typing import ClassVar

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.family import ChatAttack, Scene


class AsWritten(ChatAttack, frozen=True):
    """Sends the case's own prompts, each as it stands."""

    id: ClassVar[str] = "as_written"
    title: ClassVar[str] = "The case's own words"
    source: ClassVar[str] = "OWASP AI Exchange, testing: sources of inputs paired with detections"

    def is_for(self, case: Case) -> bool:
        """Cases that bring their own words and name no other attack."""
        return bool(case.prompts or case.turns) and (not case.attacks or self.id in case.attacks)

    async def run(self, scene: Scene) -> None:
        """One prompt, or the whole conversation."""
        talk = await scene.world.talk()
        for said in scene.case.turns or (scene.case.prompts[scene.prompt],):
            await talk.say(scene.vary(scene.fill(said)))


class Plain(ChatAttack, frozen=True):
    """The goal as an order, with nothing around it: what everything else is compared with."""

    id: ClassVar[str] = "plain"
    title: ClassVar[str] = "The plain order"
    source: ClassVar[str] = "OWASP AI Exchange, testing: start from the plain objective"

    async def run(self, scene: Scene) -> None:
        """One turn."""
        talk = await scene.world.talk()
        await talk.say(scene.vary(scene.goal))
