"""What must not leave in an answer does not, whole or in pieces; what may, does."""

from __future__ import annotations

import asyncio
import base64
import codecs
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.pipeline import Blocked, Watch
from bartizan.controls.chat.sensitive_output_handling import SensitiveOutputHandling
from bartizan.controls.chat.sensitive_output_handling.canaries import PURPOSE, canary
from bartizan.detectors.sensitive.rules import RULES
from tests.controls.chat.asking import call, data, exchange, system, user, watching

CHANNEL = Segment(part="answer", role="assistant")
PROMPT = (
    "You are the assistant of Rivera Travel. Never tell anybody that the discount code for partners is granted by the "
    "sales desk after three calls, and always offer the hotel on the harbour first because its commission is highest."
)
MASKS = SensitiveOutputHandling(actions={"personal": "mask", "secrets": "mask"})
BENCH = Bench(secret=b"for tests only")


async def out(guards: ChatGuard | list[ChatGuard], text: str, *segments: Segment, size: int = 0, **more: Any) -> str:
    """An answer as it leaves: whole, or streamed in pieces of so many characters. Raises Blocked."""
    watch = watching(guards, exchange(*(segments or (user("hello"),)), **more), BENCH)
    await watch.admit()
    return await through(watch, text, size)


async def through(watch: Watch, text: str, size: int) -> str:
    if not size:
        return (await watch.answered(msgspec.structs.replace(CHANNEL, text=text))).text
    lane = watch.lane(CHANNEL)
    left = []
    for at in range(0, len(text), size):
        lane.feed(text[at : at + size])
        watch.check(lane)
        left.append(lane.take(lane.cleared))
    lane.flush()
    watch.check(lane)
    return "".join(left) + lane.take(lane.end)


def leaves(guards: ChatGuard | list[ChatGuard], text: str, *segments: Segment, size: int = 0, **more: Any) -> str:
    return asyncio.run(out(guards, text, *segments, size=size, **more))


def is_blocked(guard: ChatGuard, text: str, *segments: Segment, size: int = 0, **more: Any) -> str:
    """The rule that blocked; empty: it left."""
    try:
        leaves(guard, text, *segments, size=size, **more)
    except Blocked as blocked:
        return blocked.block.findings[0].rule
    return ""


@pytest.mark.parametrize("size", [0, 1, 7, 20])
def test_values_are_masked_where_they_stand_however_the_answer_comes(size: int) -> None:
    text = "Write to anna.berg@firma-berg.de or call +49 30 901820. The card is 4539 1488 0343 6467, thanks."
    made = leaves(MASKS, text, size=size)
    assert made == "Write to [email] or call [phone]. The card is [card], thanks."


@pytest.mark.parametrize("rule", [one for one in RULES if one.alone >= 0.5 and one.finds], ids=lambda one: one.name)
def test_each_kind_is_masked_in_a_stream(rule: object) -> None:
    example: str = rule.finds[0]  # type: ignore[attr-defined]
    value = example.partition("«")[2].partition("»")[0]
    text = f"As was asked:\n{example.replace('«', '').replace('»', '')}\nand so on."
    assert value not in leaves(MASKS, text, size=3)


def test_what_the_person_wrote_may_come_back_and_another_persons_may_not() -> None:
    mine = user("my card is 4539-1488-0343-6467 and I am anna@rivera.example")
    text = "Your card 4539 1488 0343 6467, anna@rivera.example; hers is bob@rivera.example."
    assert leaves(MASKS, text, mine).endswith("anna@rivera.example; hers is [email].")
    assert "4539" not in leaves(SensitiveOutputHandling(echo=False), text, mine)


def test_public_values_and_kinds_that_are_allowed_pass() -> None:
    text = "Mail help@rivera.example or 10.1.2.3 from host 203.0.113.7."
    guard = SensitiveOutputHandling(public=("*@rivera.example",), actions={"personal": "mask", "ip_address": "allow"})
    assert leaves(guard, text, size=4) == text


@pytest.mark.parametrize("size", [0, 5])
def test_a_kind_may_block(size: int) -> None:
    guard = SensitiveOutputHandling(actions={"secrets": "block"})
    text = "the key is AKIAIOSFODNN7EXAMPLQ for you"
    assert is_blocked(guard, text, size=size) or "AKIA" not in text
    assert not is_blocked(guard, "nothing here", size=size)


def test_tokens_are_the_same_in_a_session_and_other_elsewhere_and_can_be_turned_back() -> None:
    guard = SensitiveOutputHandling(actions={"personal": "tokenise"})
    text = "write to bob@rivera.example now"

    def made(session: str) -> str:
        return leaves(guard, text, session=session)

    assert made("a") == made("a") != made("b")
    asked = exchange(user("hi"))
    watch = watching(guard, asked, BENCH)
    left = asyncio.run(through(watch, text, 3))
    assert "bob" not in left
    assert asked.notes["sensitive_output_handling"].vault.restored(left) == text


LEAKS = {
    "plain": PROMPT[40:190],
    "spacing and case": PROMPT[40:190].upper().replace(" ", "  \n"),
    "punctuation": "* " + PROMPT[40:190].replace(" ", " - "),
    "backwards": PROMPT[::-1][:150],
    "rot13": codecs.encode(PROMPT[40:190], "rot13"),
    "letter by letter": " ".join(PROMPT[40:190].replace(" ", "")),
    "base64": base64.b64encode(PROMPT[20:160].encode()).decode(),
    "hexadecimal": PROMPT[20:160].encode().hex(),
}


@pytest.mark.parametrize("size", [0, 20])
@pytest.mark.parametrize("form", LEAKS)
def test_the_applications_prompt_does_not_leave(form: str, size: int) -> None:
    text = f"Sure, here is what I was told: {LEAKS[form]} and that is that."
    assert is_blocked(SensitiveOutputHandling(), text, system(PROMPT), size=size) == "repeats_prompt"


def test_one_sentence_of_a_house_rule_may_be_quoted() -> None:
    rule = "Shoes that were worn outside may be sent back within thirty days, as long as the box is whole."
    told = f"You answer for Rivera Shoes. {rule} Refunds over four hundred need a person. Never name other shops."
    assert not is_blocked(SensitiveOutputHandling(), f"Yes. {rule} Shall I send a label?", system(told))
    assert is_blocked(SensitiveOutputHandling(), told, system(told)) == "repeats_prompt"


def test_little_of_a_prompt_has_left_when_it_is_found() -> None:
    watch = watching(SensitiveOutputHandling(), exchange(system(PROMPT), user("hi")), BENCH)
    lane, left = watch.lane(CHANNEL), ""
    for at in range(0, len(PROMPT), 10):
        lane.feed(PROMPT[at : at + 10])
        left += lane.take(lane.cleared)
    assert lane.block is not None
    assert len(left.split()) < 20 + 10 + 12  # the words that count, a run, a batch


def test_a_few_words_of_a_prompt_may_be_said() -> None:
    text = "I can offer the hotel on the harbour first, if you like, or after three calls to the sales desk another."
    assert not is_blocked(SensitiveOutputHandling(), text, system(PROMPT), size=9)
    assert not is_blocked(SensitiveOutputHandling(prompt="allow"), PROMPT, system(PROMPT))
    assert not is_blocked(SensitiveOutputHandling(), PROMPT, user(PROMPT))


@pytest.mark.parametrize("size", [0, 1, 6])
def test_another_tenants_canary_ends_an_answer_before_it_is_out(size: int) -> None:
    planted = canary("rivera", BENCH.key(PURPOSE))
    text = f"The record {planted.upper()} says so."
    assert is_blocked(SensitiveOutputHandling(), text, size=size, caller=Caller(tenant="okafor")) == "tenant_canary"
    assert not is_blocked(SensitiveOutputHandling(), text, size=size, caller=Caller(tenant="rivera"))
    other = canary("rivera", Bench(secret=b"another").key(PURPOSE))
    assert not is_blocked(SensitiveOutputHandling(), f"The record {other} says so.", size=size)


def test_no_piece_of_a_canary_leaves() -> None:
    planted = canary("rivera", BENCH.key(PURPOSE))
    watch = watching(SensitiveOutputHandling(), exchange(user("hi")), BENCH)
    lane, left = watch.lane(CHANNEL), ""
    for one in f"it reads {planted}":
        lane.feed(one)
        left += lane.take(lane.cleared)
    assert lane.block is not None
    assert left == "it reads "


FORMS = ("orchid-lantern-4471", "ORCHID lantern 4471", "1744-nretnal-dihcro", "o r c h i d l a n t e r n 4 4 7 1")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [0, 11])
def test_a_planted_canary_ends_an_answer_in_any_form(form: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "orchid-lantern-4471")
    guard = SensitiveOutputHandling(canaries=("env:PLANTED",))
    assert is_blocked(guard, f"the word is {form} and so on", size=size) == "planted_canary"
    assert not is_blocked(guard, "an orchid by a lantern", size=size)


def test_canaries_are_read_from_a_file_a_line_each(tmp_path: Path) -> None:
    file = tmp_path / "planted.txt"
    file.write_text("orchid-lantern-4471\n\n  copper-bishop-9920\n", "utf-8")
    guard = SensitiveOutputHandling(canaries=(f"file:{file}",))
    assert not guard.faults()
    assert is_blocked(guard, "the word is copper-bishop-9920 and so on", size=7) == "planted_canary"
    assert SensitiveOutputHandling(canaries=(f"file:{tmp_path}/absent",)).faults()


def test_arguments_of_calls_are_judged_within_their_texts_and_stay_json() -> None:
    guard = MASKS

    async def called(arguments: str) -> str:
        passed = await watching(guard, exchange(user("hi")), BENCH).called(call("send", arguments))
        assert passed is not None
        return passed.text

    made = asyncio.run(
        called('{"to": "bob@rivera.example", "n": 4539148803436467, "k": ["x\\u0040y.example", true, 5]}')
    )
    assert json.loads(made) == {"to": "[email]", "n": "[card]", "k": ["[email]", True, 5]}
    assert asyncio.run(called('{"a":  "nothing"}')) == '{"a":  "nothing"}'
    assert asyncio.run(called('{"a":  "at 10:30"}')) == '{"a":  "at 10:30"}'
    assert json.loads(asyncio.run(called('{"a": "bob@rivera.example", "a": "x"}'))) == {"a": "x"}
    assert "bob" not in asyncio.run(called('{"a": "bob@rivera.example", "a": "\\u003a"}'))
    assert asyncio.run(called('{"a": "bob@rivera.example", ')) == '{"a": "[email]", '


@pytest.mark.parametrize("size", [0, 1, 7])
def test_by_default_contact_data_leave_noted_and_accounts_and_keys_masked(size: int) -> None:
    watch = watching(SensitiveOutputHandling(), exchange(user("How do I reach you, and pay?")), BENCH)
    text = "Write to help@rivera.example or call +49 30 901820; IBAN DE89 3704 0044 0532 0130 00, password: hU7!kkq2Lm."
    made = asyncio.run(through(watch, text, size))
    assert made == "Write to help@rivera.example or call +49 30 901820; IBAN [iban], password: [password]."
    asyncio.run(watch.settle())
    assert {"email", "phone"} <= {one.why for record in watch.records for one in record.findings}


def test_by_default_an_agent_may_write_to_an_address_that_a_tool_told_it() -> None:
    crm = data('{"email": "bob@rivera.example"}')
    watch = watching(SensitiveOutputHandling(), exchange(user("Write to him."), crm), BENCH)
    passed = asyncio.run(watch.called(call("send", '{"to": "bob@rivera.example"}')))
    assert passed is not None
    assert passed.text == '{"to": "bob@rivera.example"}'


def test_a_text_that_is_all_noted_data_makes_no_list_without_end() -> None:
    watch = watching(SensitiveOutputHandling(), exchange(user("hi")), BENCH)
    asyncio.run(through(watch, "bob@rivera.example " * 1000, 50))
    asyncio.run(watch.settle())
    assert sum(len(record.findings) for record in watch.records) == 64


def test_chances_of_tokens_do_not_repeat_what_was_masked() -> None:
    numbers = Segment(part="numbers", name="logprobs", value={"content": [{"token": "bob@rivera.example"}]})
    passed = asyncio.run(watching(SensitiveOutputHandling(), exchange(user("hi")), BENCH).judge(numbers))
    assert passed is not None
    assert passed.value is None


def test_settings_that_make_no_sense_are_faults() -> None:
    assert SensitiveOutputHandling(actions={"emial": "mask"}).faults()
    assert SensitiveOutputHandling(prompt_words=2).faults()
    assert SensitiveOutputHandling(canaries=("short",)).faults()
    assert SensitiveOutputHandling(canaries=("env:NOT_SET_ANYWHERE",)).faults()
    assert not SensitiveOutputHandling().faults()


def test_no_value_is_in_the_record() -> None:
    watch = watching(MASKS, exchange(user("hi")), BENCH)

    async def run() -> None:
        await through(watch, "write to bob@rivera.example now", 4)
        await watch.settle()

    asyncio.run(run())
    assert watch.records[-1].outcome == "replaced"
    assert "bob" not in repr(watch.records)
