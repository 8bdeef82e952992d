"""Any HTTP API, by the template that the description gives: a body with places to fill in, and where the answer stands.

A text is put into a string of the body after that was read: whatever it contains, it stays the text of that string.
"""

from __future__ import annotations

import re
from typing import Any

from bartizan.core.chat import Message, Reply
from bartizan.core.chat_spec import ChatSpec, Template
from bartizan.targets.chat.answer import Answer
from bartizan.targets.chat.calls import text_in
from bartizan.targets.chat.model import Ask, ChatModel
from bartizan.targets.chat.openai_chat import calls_in
from bartizan.targets.chat.wire import Wire

DEFAULT_BODY = {"message": "{prompt}", "session": "{session}"}
MESSAGES = "{messages}"
_PLACES = re.compile(r"\{(prompt|system|session|user)\}")
_SPEAKER = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}


class TemplateApi(ChatModel):
    """A service with a protocol of its own."""

    takes_tools = False

    def __init__(self, spec: ChatSpec, wire: Wire) -> None:
        self.name, self.address = spec.model or spec.url, spec.url
        self.template = spec.template or Template()
        self.keeps_history = self.template.keeps_history
        self._wire = wire
        self._body = DEFAULT_BODY if self.template.body is None else self.template.body

    @property
    def places(self) -> frozenset[str]:
        """What the body has a place for: prompt, system, session, user, messages."""
        return places_in(self._body)

    async def reply(self, ask: Ask) -> Reply:
        """What stands where the template says."""
        return await self._wire.exchange("", filled(self._body, ask), self._read)

    async def close(self) -> None:
        """Hang up."""
        await self._wire.close()

    async def _read(self, answer: Answer) -> Reply:
        if not self.template.reply:
            return Reply(message=Message(role="assistant", text=await answer.text()))
        found = await answer.json()
        text = at(found, self.template.reply)
        calls = calls_in(at(found, self.template.calls)) if self.template.calls else ()
        if isinstance(text, list):
            text = text_in(text)
        if text is None and calls:
            text = ""
        if not isinstance(text, str):
            raise answer.failed(f"answers no text at '{self.template.reply}'; look at 'template'")
        return Reply(message=Message(role="assistant", text=text, calls=calls))


def places_in(body: object) -> frozenset[str]:
    """Which places a body has."""
    if isinstance(body, str):
        return frozenset(_PLACES.findall(body)) | ({"messages"} if body == MESSAGES else set())
    parts = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    return frozenset(place for part in parts for place in places_in(part))


def filled(body: object, ask: Ask) -> Any:
    """The body with this request in its places, all of them in one go: what a text brings along is no place."""
    system = "\n\n".join(message.text for message in ask.messages if message.role == "system")
    values = {"prompt": _prompt(ask), "system": system, "session": ask.session, "user": ask.user}
    messages = [{"role": message.role, "content": message.text} for message in ask.messages]
    return _walked(body, values, messages)


def at(value: object, path: str) -> Any:
    """What stands at a path of keys and indexes, as in 'choices.0.message.content'; None where nothing does."""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and re.fullmatch(r"-?\d{1,6}", step) and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _walked(body: Any, values: dict[str, str], messages: list[dict[str, str]]) -> Any:
    if isinstance(body, str):
        return messages if body == MESSAGES else _PLACES.sub(lambda found: values[found[1]], body)
    if isinstance(body, dict):
        return {key: _walked(part, values, messages) for key, part in body.items()}
    return [_walked(part, values, messages) for part in body] if isinstance(body, list) else body


def _prompt(ask: Ask) -> str:
    """What was said last; with what was said before where the service remembers nothing and there was something."""
    said = [message for message in ask.messages if message.role != "system"]
    if len(said) == 1:
        return said[0].text
    return "\n\n".join(f"{_SPEAKER[message.role]}: {message.text}" for message in said)
