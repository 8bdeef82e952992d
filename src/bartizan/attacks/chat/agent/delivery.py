"""How an attacker's text reaches an agent: said by whoever talks with it, or put where the honest user's task leads."""

from __future__ import annotations

import abc

from bartizan.attacks.chat.carriers import honest_task
from bartizan.attacks.chat.family import ChatAttack, Scene
from bartizan.core.transcript import ATTACKER, USER, Planted, Surface, Turn

PLANTABLE: tuple[Surface, ...] = ("email", "document", "web_page", "ticket", "tool_result", "agent_message")
"""Where an agent meets what others wrote in the course of an honest task."""


NAMES: dict[Surface, str] = {
    "email": "About your order of last week",
    "document": "delivery-terms.md",
    "web_page": "https://news.larch.example/delivery",
    "ticket": "Parcel is late",
    "tool_result": "Rivera",
    "agent_message": "logistics",
    "memory": "preference",
}
"""What planted content is called: subject, file name, address, whose record it is, which agent."""


async def plant(scene: Scene, text: str, *, surface: Surface | None = None, name: str = "", author: str = "") -> str:
    """Put text where the surface says, by default the scene's, as the attacker can; the id by which it is deleted."""
    where = surface or scene.surface
    called = name or NAMES.get(where, "")
    return await scene.world.plant(Planted(surface=where, text=text, name=called, author=author or ATTACKER))


def task_of(scene: Scene, name: str = "") -> str:
    """What the honest user asks: the case's task, else the one that leads to content of this surface and name."""
    if scene.case.task:
        return scene.fill(scene.case.task)
    return honest_task(scene.surface, name or NAMES[scene.surface])


async def deliver(scene: Scene, text: str) -> Turn:
    """Bring a text in by the scene's surface, in one turn of the user's."""
    talk = await scene.world.talk(USER)
    if scene.surface == "user_message":
        return await talk.say(text)
    await plant(scene, text)
    return await talk.say(task_of(scene))


class Framed(ChatAttack, frozen=True):
    """Root of attacks that put the case's goal into words of their own and bring it in once.

    One of the framings is drawn for each trial, so that repetitions try several.
    """

    async def run(self, scene: Scene) -> None:
        """One plant and one honest turn; or one turn, where the attacker talks."""
        await deliver(scene, scene.vary(scene.fill(scene.rng.choice(self.framings()))))

    @abc.abstractmethod
    def framings(self) -> tuple[str, ...]:
        """Texts with a place for {goal}."""
