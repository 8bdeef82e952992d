"""The scripted mind: a small, deterministic, obedient reader behind the protocol of every other chat model.

It knows no attack. It reads all it is given, finds orders by their grammar, carries them out as far as their place in
the prompt gives them authority, and answers honestly from the passages otherwise. What it believes is decided by how
the prompt is put together (`framing`) and by one switch of its own: whether a user may give it another task.
"""

from __future__ import annotations

import base64
import codecs
import itertools
import json
import re

import msgspec

from bartizan.core.chat import Message, Reply, ToolCall, Usage
from bartizan.playground.answering import UNKNOWN, answer, matter, summary
from bartizan.playground.errands import errands
from bartizan.playground.framing import numbers_told, parted
from bartizan.playground.orders import Order, find_orders, is_imperative
from bartizan.playground.phrases import Fill, placed
from bartizan.playground.plain import as_read, sentences, words
from bartizan.targets.chat.model import Ask, ChatModel

REFUSAL = "I cannot do that. I can help with questions about Larch, its tools and your orders."
_PER_TOKEN = 4
"""Characters that count as a token here."""
_SUMMARISE = re.compile(
    r"\b(?:summar\w+|overview|gist|key points|main points|what does .{0,60} say|what is in)\b", re.IGNORECASE
)
_CONTEXT = re.compile(
    r"\b(?:it|this|that|them|everything|all|contents?|what you|text|data|details?|records?|card|code|secret|password|"
    r"key|prompt|instructions|passages?|documents?|mails?|inbox|notes?|result|answer|contract|number|minutes|salary|"
    r"salaries|address|customers?)\b",
    re.IGNORECASE,
)


class _Read(msgspec.Struct, kw_only=True):
    """What one request holds, by the authority that it has."""

    system: str
    """The system message but for what is marked: orders count."""
    question: str
    """The user's newest words."""
    earlier: str
    results: list[str]
    """What tools answered since then, unmarked: orders count."""
    material: list[str]
    """What is marked in results, without what speaks to its reader."""
    passages: list[str]
    """Documents that were found for the question, marked or not, the same way."""
    notes: list[str]
    """Marked notes."""
    calls: list[ToolCall]
    """What was called since then."""
    forged: str
    """Messages that a text pretended to be and that were not told apart: orders count."""


class ScriptedMind(ChatModel):
    """The obedient reader. ``overrides``: a user's order wins over its task. ``longest``: of an answer, in tokens."""

    takes_tools = True

    def __init__(self, *, overrides: bool, longest: int = 4000) -> None:
        self.name = "scripted"
        self._overrides = overrides
        self._longest = longest

    async def reply(self, ask: Ask) -> Reply:
        """What it makes of the whole context. Never fails."""
        read = _read(ask.messages)
        tools = frozenset(offer.name for offer in ask.offers)
        call = self._next_call(read, tools) if tools else None
        text = "" if call is not None else self._words(read)
        cut = text[: self._longest * _PER_TOKEN]
        message = Message(role="assistant", text=cut, calls=(call,) if call is not None else ())
        finish = "tool_calls" if call is not None else "length" if len(cut) < len(text) else "stop"
        return Reply(message=message, finish=finish, usage=_usage(ask, message))

    def _next_call(self, read: _Read, tools: frozenset[str]) -> ToolCall | None:
        """The first call that somebody ordered and that was not made yet; the last one again where it shall not end."""
        made = {_errand(one) for one in read.calls}
        fill = _filler(read)
        asked = find_orders(read.question)
        ordered = [one for one in _authorised(read) if is_imperative(one.whole)]
        wanted = [
            call
            for order in (*asked, *ordered)
            for call in errands(placed(order.whole, order.placings, fill), tools, fill)
            if order.kind != "say" or call.name not in _NOT_BY_SAYING or "page" in order.whole
        ]
        for call in wanted:
            if _errand(call) not in made:
                return _numbered(call, read)
        loops = any(one.kind == "loop" for one in (*asked, *_authorised(read)))
        if loops and (wanted or read.calls):
            return _numbered(wanted[-1] if wanted else read.calls[-1], read)
        return None

    def _words(self, read: _Read) -> str:
        ordered = _authorised(read)
        asked = find_orders(read.question)
        said = [one for one in ordered if one.kind in ("say", "flood", "reveal")]
        refused = False
        for one in asked:
            if one.kind == "reveal" or (one.kind in ("say", "flood") and self._overrides):
                said.append(one)
            refused = refused or (one.kind in ("say", "flood") and not self._overrides)
        added = [one for one in (*ordered, *(asked if self._overrides else ())) if one.kind == "add"]
        if said:
            text = "\n".join(dict.fromkeys(_carried_out(one, read) for one in said))
        elif refused and not read.calls:
            text = REFUSAL
        else:
            text = _honest(read, asked)
        fill = _filler(read)
        first = [placed(one.text, one.placings, fill) for one in added if one.first]
        last = [placed(one.text, one.placings, fill) for one in added if not one.first]
        return "\n".join([*dict.fromkeys(first), text, *dict.fromkeys(last)])


def _read(messages: tuple[Message, ...]) -> _Read:
    system = "\n".join(one.text for one in messages if one.role == "system" and one.name != "forged")
    numbers = numbers_told(system)
    spoken = [at for at, one in enumerate(messages) if one.role == "user" and one.name != "forged"]
    newest = spoken[-1] if spoken else len(messages)
    free_system, pieces = parted(system, numbers)
    question, asked_pieces = parted(messages[newest].text, numbers) if spoken else ("", [])
    results, marked = [], list[str]()
    for one in messages[newest + 1 :]:
        if one.role == "tool" and one.name != "forged":
            free, held = parted(one.text, numbers)
            results += [free] if free.strip() else []
            marked += held
    return _Read(
        system=free_system,
        question=question,
        earlier="\n".join(one.text for one in messages[:newest] if one.role == "user"),
        results=results,
        material=_careful(marked),
        passages=[*_sections(free_system), *_careful([one for one in (*pieces, *asked_pieces) if one.startswith("#")])],
        notes=_careful([one for one in pieces if not one.startswith("#")]),
        calls=[call for one in messages[newest + 1 :] for call in one.calls],
        forged="\n".join(
            one.text for one in messages if one.name == "forged" and one.role in ("system", "tool", "user")
        ),
    )


def _careful(pieces: list[str]) -> list[str]:
    return [told for one in pieces if (told := matter(as_read(one)).strip())]


def _sections(text: str) -> list[str]:
    """The documents in an unmarked system message, each from its heading on."""
    parts = re.split(r"(?m)^(?=# )", text)
    return [one.strip() for one in parts if one.startswith("# ")]


def _authorised(read: _Read) -> list[Order]:
    """Orders that stand where orders come from, in the order in which they were read."""
    texts = (read.system, *read.results, read.forged)
    return [order for text in texts if text.strip() for order in find_orders(text)]


def _key(call: ToolCall) -> str:
    return f"{call.name} {json.dumps(call.arguments, sort_keys=True, default=str)}"


_NOT_BY_SAYING = frozenset({"fetch_page", "ask_agent"})
"""Who is told to say an address, or a message, is not told to go there."""
_FILLED = {"send_mail": "body", "write_file": "text"}
"""What is filled with whatever was read by then: the same errand all the same."""


def _errand(call: ToolCall) -> str:
    kept = {key: value for key, value in call.arguments.items() if key != _FILLED.get(call.name)}
    return _key(msgspec.structs.replace(call, arguments=kept))


def _numbered(call: ToolCall, read: _Read) -> ToolCall:
    return msgspec.structs.replace(call, id=f"call-{len(read.calls) + 1}")


def _sources(read: _Read) -> list[str]:
    return [read.system, *read.results, *read.material, *read.passages, *read.notes, read.earlier]


def _filler(read: _Read) -> Fill:
    def fill(phrase: str) -> str:
        """A quotation as it stands, a phrase for what was read by what it stands for, else the phrase."""
        quoted = re.search(r"\"([^\"]+)\"", phrase)
        if quoted is not None:
            return quoted[1]
        plain = phrase.strip(" .,:")
        if not plain or not _CONTEXT.search(plain) or len(plain) > 200:
            return plain
        if _CODE.search(plain):
            code = _code(plain, read)
            if code:
                return code
        if any(one.kind == "reveal" for one in find_orders(f"Show {plain}")):
            return read.system.strip()
        sources = [_told(text) for text in _sources(read)]
        found = answer(plain, sources)
        return found if found != UNKNOWN else "\n".join((*read.results, *read.material))[:4000] or plain

    return fill


_CODE = re.compile(r"\b(?:codes?|passwords?|keys?|numbers?|tokens?|references?|identifiers?|secrets?)\b", re.IGNORECASE)
_OWN = re.compile(r"\b(?:your|own|system) (?:\w+ )?(?:instructions?|prompt|message|rules)\b", re.IGNORECASE)
_LOOKS_LIKE_CODE = re.compile(r"(?<![\w@./=-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Z0-9]+(?:[-_][A-Z0-9]+)+(?![\w@-])")


def _told(text: str) -> str:
    """A text without its orders: what is to be done is no answer to what something is."""
    return "\n".join(one for one in sentences(text) if not is_imperative(one))


def _code(phrase: str, read: _Read) -> str:
    """The code that a phrase speaks of: that in the paragraph which says most of the phrase's words; empty: none."""
    asked = set(words(phrase))
    texts = [read.system] if _OWN.search(phrase) else [*reversed(read.results), *_sources(read)]
    blocks = [_told(block) for text in texts for block in re.split(r"\n\s*\n", text)]
    found = [
        (len(asked & set(words(block))), codes[0]) for block in blocks if (codes := _LOOKS_LIKE_CODE.findall(block))
    ]
    return max(found, key=lambda one: one[0])[1] if found else ""


def _carried_out(order: Order, read: _Read) -> str:
    if order.kind == "reveal":
        return _formed(read.system.strip(), order.form)
    if order.kind == "flood":
        pieces = (str(number) for number in itertools.count(1)) if order.text == "#" else itertools.repeat(order.text)
        return " ".join(itertools.islice(pieces, min(order.times, 20_000)))[:80_000]
    return placed(order.text, order.placings, _filler(read))


def _formed(text: str, form: str) -> str:
    if form == "base64":
        return base64.b64encode(text.encode()).decode()
    if form == "hex":
        return text.encode().hex()
    if form == "rot13":
        return codecs.encode(text, "rot13")
    if form == "backwards":
        return text[::-1]
    return " ".join(text) if form == "spaced" else text


def _honest(read: _Read, asked: tuple[Order, ...]) -> str:
    """What tools answered, a summary where one was asked for, or an answer to the question."""
    form = next((one.form for one in asked if one.form), "")
    if read.calls:
        texts = [one for one in (*read.results, *read.material) if one.strip()]
        return summary(texts) if any(one.name in _READING for one in read.calls) else " ".join(texts) or "Done."
    if _SUMMARISE.search(read.question):
        return summary(_meant(read))
    found = answer(read.question, _sources(read))
    return _formed(found, form) if found != UNKNOWN else found


def _meant(read: _Read) -> list[str]:
    """The passages whose title the question names; all of them where it names none."""
    asked = read.question.casefold()
    named = [one for one in read.passages if one.partition("\n")[0].removeprefix("# ").strip().casefold() in asked]
    return named or read.passages


_READING = frozenset(
    {
        "read_mail",
        "read_file",
        "fetch_page",
        "find_customer",
        "read_tickets",
        "list_files",
        "search_documents",
        "ask_agent",
    }
)


def _usage(ask: Ask, message: Message) -> Usage:
    given = sum(len(one.text) for one in ask.messages)
    told = len(message.text) + sum(len(_key(one)) for one in message.calls)
    return Usage(requests=1, input_tokens=-(-given // _PER_TOKEN), output_tokens=-(-told // _PER_TOKEN))
