"""The policy that an assessment asks for: sound for every example, the same each time, proof against hostile names."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.controls.chat.registry import chat_guard_names
from bartizan.core.source import parse_yaml
from bartizan.gateway.policy import post_of
from bartizan.gateway.reading import parse_settings
from bartizan.playground.mail_agent import TOOLS
from bartizan.playground.settings import system_text
from bartizan.playground.weaknesses import Switches
from bartizan.report.dossier import Dossier
from bartizan.system.description import Component, Tool
from bartizan.system.graph import System
from bartizan.system.reading import check_system
from bartizan.workflows.assess import Options, dossier_of, make_dossier
from bartizan.workflows.gateway_policy import Wish, derived
from bartizan.workflows.gateway_policy_text import comment, entry, flow, scalar
from tests.cli.running import bartizan

_EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/system.yaml"))
_TODAY = Options(today="2026-03-02")
_TEXT = st.text(max_size=60) | st.sampled_from(
    [
        "a\nguards: {}",
        "x # y",
        "'\"",
        "\u2028guards:",
        "\x85evil: 1",
        "}: ]",
        "- a",
        "on",
        "1.0",
        "\\x41",
        "%TAG",
        "é\t",
    ]
)


def _dossier(text: str) -> Dossier:
    return dossier_of(check_system(parse_yaml(text, "system.yaml")), _TODAY)


@pytest.mark.parametrize("file", _EXAMPLES, ids=lambda one: one.parent.name)
def test_the_policy_of_every_example_is_sound_and_the_same_each_time(file: Path) -> None:
    dossier = make_dossier(file, _TODAY)
    text = derived(dossier)
    assert parse_settings(text).guards
    assert derived(make_dossier(file, _TODAY)) == text


def test_each_guard_is_told_with_its_risks_and_watches_where_all_are_within_appetite() -> None:
    dossier = make_dossier(_EXAMPLES[0].parents[1] / "executive-mail-agent" / "system.yaml", _TODAY)
    found = parse_settings(derived(dossier))
    above = {risk.id for risk in dossier.assessment.risks if risk.above_appetite}
    assert above
    for name, given_ in found.guards.items():
        against = {risk.id for risk in dossier.assessment.risks if any(one.control == name for one in risk.controls)}
        if against:
            watches = (given_ or {}).get("mode") == "monitor"
            assert watches == (not against & above), name
    assert any(risk in derived(dossier) for risk in above)


def test_the_playgrounds_tools_are_listed_by_the_names_that_the_mind_calls() -> None:
    found = parse_settings(derived(_dossier(system_text(Switches()))))
    post = post_of("least_model_privilege", found.guards["least_model_privilege"])
    rules = {one["name"]: one for one in msgspec.to_builtins(post.guard)["tools"]}
    assert set(rules) == set(TOOLS)
    assert list(rules["read_mail"]["effect"]) == ["reads"]
    assert list(rules["fetch_page"]["effect"]) == ["reads", "sends"]
    assert list(rules["pay"]["effect"]) == ["changes", "sends"]
    assert "answers" not in rules["read_mail"]


_AGENT = """schema: 1
name: {name}
components:
  - {{id: bot, kind: model, type: generative, name: {label}, tools: [act], reads: [papers], output_goes_to: [browser],
     target: {{chat: {{kind: openai, url: {url}, model: {model}, token_env: KEY}}}}}}
  - {{id: papers, kind: data, role: retrieval, source: public, written_by: [anybody]}}
  - {{id: act, kind: tool, name: {label}, functions: {functions}, effects: [send]}}
  - {{id: anybody, kind: actor, trusted: no, crowd: public, motive: yes}}
"""


def _agent(
    name: str = "A", label: str = "B", url: str = "https://m.example/v1", model: str = "m", tool: str = "t"
) -> str:
    told = {"name": name, "label": label, "url": url, "model": model}
    return _AGENT.format(**{key: scalar(value) for key, value in told.items()}, functions=flow([tool]))


def test_where_it_is_asked_comes_from_the_target_and_its_key_stays_a_reference() -> None:
    found = parse_settings(derived(_dossier(_agent())))
    assert found.upstreams["bot"].url == "https://m.example"
    assert found.upstreams["bot"].key == "env:KEY"
    assert found.models["m"].upstreams == ("bot",)


def test_what_no_description_tells_is_said_to_be_missing_and_no_host_has_the_placeholder() -> None:
    text = derived(make_dossier(_EXAMPLES[0].parents[1] / "twenty-lines" / "system.yaml", _TODAY))
    assert "SET url" in text
    assert all(one.url.endswith(".invalid") for one in parse_settings(text).upstreams.values())


def test_a_name_that_would_be_read_as_a_pattern_gets_no_rule() -> None:
    text = derived(_dossier(_agent(tool="*")))
    rules = parse_settings(text).guards["least_model_privilege"]["tools"]
    assert rules == []
    assert "SET a rule for the tool called *" in text


def test_fences_reach_both_guards_that_need_them_and_only_the_wanted_guards_stand() -> None:
    wish = Wish(fences=(("<<", ">>"),), only=("input_segregation", "least_model_privilege"))
    found = parse_settings(derived(_dossier(_agent()), wish))
    assert set(found.guards) == {"input_segregation", "least_model_privilege"}
    for settings_ in found.guards.values():
        assert settings_["fences"] == [{"opens": "<<", "closes": ">>"}]


@settings(max_examples=40, deadline=None)
@given(name=_TEXT, label=_TEXT, tool=_TEXT)
def test_no_name_in_a_description_gets_out_of_its_comment_or_string(name: str, label: str, tool: str) -> None:
    described = check_system(parse_yaml(_agent(), "system.yaml")).described
    parts = [_renamed(one, label, tool) for one in described.components]
    hostile = System(msgspec.structs.replace(described, name=name, components=tuple(parts)), file="system.yaml")
    found = parse_settings(derived(dossier_of(hostile, _TODAY)))
    usual = parse_settings(derived(_dossier(_agent())))
    rules = found.guards["least_model_privilege"].pop("tools")
    usual.guards["least_model_privilege"].pop("tools")
    assert [one["name"] for one in rules] == ([tool] if tool and not set(tool) & set("*?[") else [])
    assert found == usual


def _renamed(one: Component, label: str, tool: str) -> Component:
    if isinstance(one, Tool):
        return msgspec.structs.replace(one, name=label, functions=(tool,))
    return msgspec.structs.replace(one, name=label)


@settings(max_examples=200, deadline=None)
@given(_TEXT)
def test_what_is_written_is_read_back_and_a_comment_is_nothing(text: str) -> None:
    value = {"key": [text, {text or "a": text}], text or "b": True}
    lines = [*comment(text), *entry("top", value), *comment(text, 4)]
    assert yaml.safe_load("\n".join(lines)) == {"top": value}


@given(st.recursive(_TEXT | st.booleans() | st.integers(-9, 9), lambda one: st.lists(one, max_size=3), max_leaves=5))
def test_flows_are_read_back(value: object) -> None:
    assert yaml.safe_load(flow(value)) == value


def test_the_command_writes_a_file_that_the_gateway_finds_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "gateway.yaml"
    fence = ("--fence", "<doc>", "</doc>")
    assert bartizan("gateway", "policy", str(_EXAMPLES[0]), "-o", str(out), *fence, "--today", "2026-03-02") == 0
    assert bartizan("gateway", "check", str(out)) == 0
    assert "is sound" in " ".join(capsys.readouterr().out.split())
    assert set(parse_settings(out.read_text()).guards) <= set(chat_guard_names())


def test_personal_data_are_judged_as_the_guard_does_by_itself_and_the_policy_says_why() -> None:
    text = derived(make_dossier(next(one for one in _EXAMPLES if one.parent.name == "executive-mail-agent"), _TODAY))
    assert "\n  sensitive_output_handling: {}\n" in text
    said = " ".join(text.replace("#", " ").split())
    assert "a mask would also hide the recipient of each mail that an agent writes" in said
    assert "SET actions: {personal: mask, secrets: mask}" in said


def test_the_policy_says_how_little_callers_without_a_name_may_ask() -> None:
    text = derived(make_dossier(next(one for one in _EXAMPLES if one.parent.name == "executive-mail-agent"), _TODAY))
    assert "each address has 30 requests a minute, and 4 at once" in " ".join(text.replace("#", " ").split())
