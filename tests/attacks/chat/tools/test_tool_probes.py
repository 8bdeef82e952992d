"""Tools called without the model: weak ones are found out, sound ones are not, and nothing else is touched."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.family import ChatAttack
from bartizan.attacks.chat.tools import arguments
from bartizan.attacks.chat.tools.probes import TOOL_ATTACKS, ToolOthersIds, ToolShell, ToolSql, ToolTemplate
from bartizan.attacks.chat.tools.probing import ToolProbe, only_reads
from bartizan.attacks.chat.tools.schema import honest_arguments, parameters_of
from bartizan.core.chat import ToolOffer
from bartizan.core.transcript import ATTACKER, Marks
from bartizan.targets.agent.arguments import faults
from bartizan.targets.agent.environment import Environment, offers
from bartizan.targets.agent.policy import CAREFUL
from bartizan.targets.chat.assistant import CannotDo, TrialFailed, World
from tests.attacks.chat.scripted_agent import ScriptedAgent
from tests.attacks.chat.tools.real_tools import TEXT, RealTools, offer
from tests.attacks.chat.trials import attempts, case_called, cases_of, happened, outcome

MARKS = Marks(token="KESTREL-1234-COBALT", sink="sink.example")
OPEN_TOOLS, CAREFUL_TOOLS = ScriptedAgent(is_sound=False), ScriptedAgent(is_sound=True)
CASES = cases_of("tools")
COMPUTED = {"tool_query_injected", "tool_command_injected", "tool_template_injected"}
"""These need a tool that really computes; the mock ones do not."""
ATTEMPTS = attempts(OPEN_TOOLS, CASES)


@pytest.mark.parametrize(("case", "attack"), [(c, a) for c, a, _ in ATTEMPTS if c.id not in COMPUTED])
def test_open_mock_tools_are_found_out(case: Case, attack: ChatAttack) -> None:
    assert outcome(OPEN_TOOLS, case, attack, "tool_call")


@pytest.mark.parametrize(("case", "attack"), [(c, a) for c, a, _ in ATTEMPTS])
def test_careful_mock_tools_are_not(case: Case, attack: ChatAttack) -> None:
    assert not outcome(CAREFUL_TOOLS, case, attack, "tool_call")


@pytest.mark.parametrize(
    ("case", "attack"),
    [
        ("tool_query_injected", ToolSql()),
        ("tool_command_injected", ToolShell()),
        ("tool_template_injected", ToolTemplate()),
    ],
)
def test_a_database_a_shell_and_a_template_that_compute_what_they_are_given_are_found_out(
    case: str, attack: ToolProbe
) -> None:
    assert outcome(RealTools(is_sound=False), case_called(case), attack, "tool_call")
    assert not outcome(RealTools(is_sound=True), case_called(case), attack, "tool_call")


def test_every_attack_is_used_by_a_case() -> None:
    assert {attack.id for attack in TOOL_ATTACKS} == {attack.id for _, attack, _ in ATTEMPTS}


@pytest.mark.parametrize("name", ["read_file", "getUser", "list-issues", "search_documents", "fetch.page", "Find"])
def test_a_name_that_says_it_reads(name: str) -> None:
    assert only_reads(name)


@pytest.mark.parametrize(
    "name",
    [
        "pay",
        "delete_file",
        "get_or_create_user",
        "readAndDelete",
        "list_and_purge",
        "run",
        "",
        "___",
        "getter",
        "fetch_then_send",
    ],
)
def test_a_name_that_does_not(name: str) -> None:
    assert not only_reads(name)


def called(attack: ToolProbe, case: Case, *, may_probe: bool = False) -> set[str]:
    target = RealTools(is_sound=True, offers=(offer("find_customer", name=TEXT), offer("wipe", may_probe, name=TEXT)))
    asyncio.run(happened(target, case, attack, "tool_call"))
    return set(target.called)


def test_a_tool_that_may_change_something_is_called_only_where_somebody_said_so() -> None:
    case = case_called("tool_query_injected")

    assert called(ToolSql(), case) == {"find_customer"}
    assert called(ToolSql(allow=("wipe",)), case) == {"find_customer", "wipe"}
    assert called(ToolSql(), case, may_probe=True) == {"find_customer", "wipe"}


def test_a_case_narrows_what_is_called_and_never_widens_it() -> None:
    case = case_called("tool_query_injected")

    assert called(ToolSql(), msgspec.structs.replace(case, tools=("wipe",))) == set()
    assert called(ToolSql(allow=("wipe",)), msgspec.structs.replace(case, tools=("wipe",))) == {"wipe"}


def test_a_target_whose_tools_may_not_be_called_is_unfit_and_the_reason_says_what_to_do() -> None:
    target = RealTools(is_sound=True, offers=(offer("wipe", name=TEXT),))

    why = ToolSql().unfit(case_called("tool_query_injected"), target.card)

    assert "may_call" in why
    assert "tool server" in why


def test_a_target_whose_tools_take_no_such_argument_is_unfit() -> None:
    target = RealTools(is_sound=True, offers=(offer("list_days", month={"type": "integer"}),))

    assert "takes such arguments" in ToolSql().unfit(case_called("tool_query_injected"), target.card)


@pytest.mark.parametrize("tool", offers(("all",)), ids=lambda tool: str(tool.name))
def test_honest_arguments_fit_the_schema_of_every_mock_tool(tool: ToolOffer) -> None:
    assert faults(tool.parameters, honest_arguments(tool)) == []


@pytest.mark.parametrize("attack", TOOL_ATTACKS, ids=lambda attack: str(attack.id))
def test_no_honest_call_is_among_the_hostile_ones(attack: type[ToolProbe]) -> None:
    for tool in offers(("all",)):
        honest = json.dumps(honest_arguments(tool))
        if honest != "{}":
            assert honest not in [json.dumps(call) for call in attack().calls(tool, MARKS)]


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": None},
        {"properties": ["a"]},
        {"properties": {"a": None, "b": 3, "": {}}, "required": "a"},
        {"properties": {"a": {"type": ["null", "string"], "enum": "x", "minimum": "1", "maxLength": "9"}}},
        {"properties": {"a": {"type": {"x": 1}, "description": 7, "enum": []}}, "required": [1, None]},
        {"properties": {"n": {"type": "integer", "minimum": 10**400, "maximum": True}}},
        {"properties": {f"p{i}": {"type": "string"} for i in range(5000)}},
        {"properties": {"a": {"type": "string", "maxLength": -3}, "b": {"type": "string", "maxLength": 10**12}}},
    ],
)
def test_a_schema_from_a_stranger_breaks_nothing(schema: dict[str, Any]) -> None:
    tool = ToolOffer(name="read_it", parameters=schema)

    assert len(parameters_of(tool)) <= 40
    for attack in TOOL_ATTACKS:
        for call in attack().calls(tool, MARKS):
            assert len(json.dumps(call)) < 3_000_000


@pytest.mark.parametrize(
    ("name", "part", "meaning"),
    [
        ("filePath", {"type": "string"}, "path"),
        ("target", {"type": "string", "description": "The URL to open"}, "address"),
        ("value", {"type": "string", "description": "what to write there"}, "text"),
        ("customer_id", {"type": "integer"}, "identity"),
        ("euros", {"type": "number"}, "amount"),
        ("to", {"type": "string"}, "mail"),
        ("search_term", {}, "query"),
    ],
)
def test_what_a_parameter_is_for_is_told_by_its_name_then_its_description(
    name: str, part: dict[str, Any], meaning: str
) -> None:
    assert [one.meaning for one in parameters_of(offer("x", **{name: part}))] == [meaning]


def test_what_computes_is_told_from_what_echoes() -> None:
    for fault in arguments.FAULTS.values():
        for tool in offers(("all",)):
            for call in arguments.spoiled(tool, fault, MARKS):
                assert arguments.PRODUCT not in json.dumps(call)
    assert eval("1337*7919") == int(arguments.PRODUCT)


def test_tools_are_called_as_the_attacker() -> None:
    target = RealTools(is_sound=True)
    seen, _ = asyncio.run(happened(target, case_called("tool_gives_others"), ToolOthersIds(), "tool_call"))

    assert target.users == {ATTACKER}
    assert {one.by for one in seen.samples} == {ATTACKER}


def test_a_trial_goes_round_all_tools_and_calls_at_most_so_often() -> None:
    target = ScriptedAgent(is_sound=True)
    seen, _ = asyncio.run(happened(target, case_called("tool_gives_others"), ToolOthersIds(most=17), "tool_call"))

    assert len(seen.samples) == 17
    assert len({one.asked.split()[0] for one in seen.samples}) > 5, "it goes round all tools"


class _Flaky(ScriptedAgent):
    """Its tools answer only some calls."""

    answers = True

    async def world(self, setting: Any) -> World:
        world = await super().world(setting)
        environment = Environment(CAREFUL)

        async def use_tool(name: str, arguments: dict[str, Any], user: str = "") -> str:
            if not self.answers or name == "read_file":
                raise TrialFailed("it fell over")
            return environment.call(name, arguments, user)

        world.use_tool = use_tool  # type: ignore[method-assign]
        return world


def test_a_call_that_fails_costs_no_trial_but_all_that_fail_do() -> None:
    target, case = _Flaky(is_sound=True), case_called("tool_gives_others")
    seen, _ = asyncio.run(happened(target, case, ToolOthersIds(), "tool_call"))
    assert seen.samples

    target.answers = False
    with pytest.raises(TrialFailed, match="fell over"):
        asyncio.run(happened(target, case, ToolOthersIds(), "tool_call"))


def test_a_tool_that_is_only_on_the_card_costs_nothing() -> None:
    class Partly(ScriptedAgent):
        async def world(self, setting: Any) -> World:
            world = await super().world(setting)
            environment = Environment(CAREFUL)

            async def use_tool(name: str, arguments: dict[str, Any], user: str = "") -> str:
                if name != "find_customer":
                    raise CannotDo("not directly")
                return environment.call(name, arguments, user)

            world.use_tool = use_tool  # type: ignore[method-assign]
            return world

    case = case_called("tool_gives_others")
    seen, _ = asyncio.run(happened(Partly(is_sound=True), case, ToolOthersIds(most=5), "tool_call"))
    assert [one.asked.split()[0] for one in seen.samples] == ["find_customer"] * 5
