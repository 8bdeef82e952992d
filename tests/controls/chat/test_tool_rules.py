"""What tool rules read: arguments, conditions, destinations, schemas. All of it comes from strangers."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bartizan.controls.chat.exchange import Caller
from bartizan.controls.chat.tool_rules import ToolRule, digest_of, faults_in, may_use, rule_for
from bartizan.controls.chat.tool_rules_arguments import BadArguments, arguments_of, values_at
from bartizan.controls.chat.tool_rules_conditions import Condition, is_below
from bartizan.controls.chat.tool_rules_destinations import Words, host_of, is_inside, is_under, kind_of, mails_of
from bartizan.controls.chat.tool_rules_schema import Checker, Schemas, UnusableSchema
from bartizan.core.chat import ToolOffer

JO = Caller(id="jo", tenant="acme", kind="person")


def read(text: str) -> dict[str, Any]:
    return arguments_of(text, longest=10_000, most_values=100)


@pytest.mark.parametrize(
    "text",
    [
        '{"to": "a", "to": "b"}', '{"a": {"x": 1, "x": 2}}', "[1]", '"text"', "{", '{"a": NaN}', '{"a": -Infinity}',
        '{"a": 1e999}', '{"a": "\\ud800"}', '{"a": "\ud800"}', "[" * 50_000, '{"a":' * 20 + "1" + "}" * 20,
        json.dumps({"a": list(range(200))}), json.dumps({"a": "x" * 20_000}), json.dumps({"n" * 300: 1}),
        '{"a": ' + "9" * 9_000 + "}",
    ],
)  # fmt: skip
def test_arguments_that_two_readers_could_read_differently_are_refused(text: str) -> None:
    with pytest.raises(BadArguments):
        read(text)


def test_no_arguments_are_an_empty_object() -> None:
    assert read("") == read(" ") == read("{}") == {}


@given(st.dictionaries(st.text(max_size=10), st.one_of(st.text(), st.integers(), st.booleans(), st.none()), max_size=5))
def test_plain_arguments_are_read_as_they_are(value: dict[str, Any]) -> None:
    assert read(json.dumps(value)) == value


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read(text)
    except BadArguments:
        return
    assert isinstance(found, dict)


def test_a_place_reaches_into_lists_and_objects() -> None:
    arguments = {"to": ["a", ["b"]], "items": [{"price": 1}, {"price": 2}], "by": {"x": "p", "y": "q"}}
    assert values_at(arguments, "to") == ["a", "b"]
    assert values_at(arguments, "items.price") == values_at(arguments, "items.*.price") == [1, 2]
    assert values_at(arguments, "by.*") == ["p", "q"]
    assert values_at(arguments, "none.there") == []


@pytest.mark.parametrize(
    ("condition", "good", "bad"),
    [
        (Condition(at="v", one_of=("a", 1)), ["a", 1], ["b", True, 1.0, ["a", "b"], None]),
        (Condition(at="v", at_least=0, at_most=100), [0, 99.5], [-1, 101, "50", True, None]),
        (Condition(at="v", matches="[a-z]{1,9}"), ["abc"], ["abc!", "", 5, "a" * 3_000, {"x": "abc"}]),
        (Condition(at="v", lacks="[;|&]"), ["ls"], ["ls; rm", 1]),
        (Condition(at="v", longest=3), ["abc"], ["abcd", 1]),
        (
            Condition(at="v", in_domain=("example.com", "*.shop.example")),
            ["a@example.com", "https://example.com/x", "b@eu.shop.example", "a@example.com, b@shop.example"],
            ["a@example.com.evil.example", "a@evil.example", "a@example.com, b@evil.example",
             "example.com@evil.example", "https://example.com@evil.example/", "https://evil.example/?example.com",
             "not an address", 7],
        ),
        (
            Condition(at="v", under_path=("/documents",)),
            ["/documents", "/documents/a/b.txt", "/documents//a", "/documents/./a"],
            ["/documents/../etc/passwd", "/documentsx", "documents/a", "//documents/a", "/documents/a\\..\\b", "~/x",
             "/documents/%2e%2e/x", "/documents/\x00", "", 3],
        ),
        (Condition(at="v", equals_caller="id"), ["jo"], ["ann", "", None]),
        (Condition(at="v", needed=True, longest=9), ["x"], []),
    ],
)  # fmt: skip
def test_a_condition_holds_for_what_it_says_and_nothing_else(
    condition: Condition, good: list[Any], bad: list[Any]
) -> None:
    assert condition.fault() == ""
    assert all(condition.holds({"v": one}, JO) for one in good)
    assert [one for one in bad if condition.holds({"v": one}, JO)] == []
    assert condition.holds({}, JO) is not condition.needed


def test_a_caller_that_nobody_knows_owns_nothing() -> None:
    assert not Condition(at="v", equals_caller="id").holds({"v": ""}, Caller())


def test_an_empty_list_of_domains_or_folders_lets_nothing_pass() -> None:
    assert not Condition(at="v", in_domain=()).holds({"v": "a@example.com"}, JO)
    assert not Condition(at="v", under_path=()).holds({"v": "/x"}, JO)


def test_conditions_that_cannot_be_meant_are_told() -> None:
    assert "asks for nothing" in Condition(at="a").fault()
    assert Condition(at="").fault()
    assert "pattern" in Condition(at="a", matches="(a+)+$").fault()
    assert faults_in(
        (ToolRule(name="", effect=("reads",)), ToolRule(name="x", people=9), ToolRule(name="y", pinned="z"))
    )


@given(st.text(max_size=60))
def test_nothing_outside_a_folder_is_below_it(path: str) -> None:
    if is_below(path, "/d/e"):
        assert path.startswith("/d")
        assert ".." not in path.split("/")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://Example.COM/x?y#z", "example.com"), ("example.com.", "example.com"), ("http://[::1]:80/", "::1"),
        ("https://b\u00fccher.example/", "xn--bcher-kva.example"), ("http://10.0.0.1", "10.0.0.1"),
        ("https://good.example@evil.example/", None), ("https://good.example\\@evil.example", None),
        ("http://2130706433/", None), ("http://0x7f.1/", None), ("http://127.1/", None), ("ftp://a.example/", None),
        ("https://a b.example", None), ("javascript://x", None), ("https://", None), ("https://a.example:99999/", None),
        ("https://evil.example\t.good.example", None),
    ],
)  # fmt: skip
def test_a_host_is_told_for_certain_or_not_at_all(text: str, host: str | None) -> None:
    assert host_of(text) == host


def test_hosts_inside_this_network_are_known() -> None:
    inside = ["localhost", "127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "db", "a.internal"]
    assert [one for one in inside if not is_inside(one)] == []
    assert not is_inside("example.com")
    assert not is_inside("9.9.9.9")


def test_domains_match_whole_labels() -> None:
    assert is_under("a.example.com", ["*.example.com"])
    assert is_under("example.com", ["*.example.com"])
    assert not is_under("badexample.com", ["*.example.com"])
    assert not is_under("a.example.com", ["example.com"])


def test_only_plain_addresses_are_addresses() -> None:
    assert mails_of("A@x.example; b@y.example") == ("a@x.example", "b@y.example")
    assert mails_of("Jo <a@x.example>") is None
    assert mails_of("a@x.example\nbcc: b@y.example") is None
    assert mails_of('"a@good.example"@evil.example') is None


def test_a_value_that_is_an_address_is_noticed_and_prose_and_file_names_are_not() -> None:
    assert kind_of("https://x.example/a") == "host"
    assert kind_of("a@x.example, b@y.example") == "mail"
    assert kind_of("DE89 3704 0044 0532 0130 00") == "account"
    assert [kind_of(one) for one in ("report.md", "see https://x.example for it", "hello", "", "12345678")] == [
        None
    ] * 5


def test_words_vouch_for_whole_values_only() -> None:
    said = Words(["Send it to Bob@Example.com, 1,250.50 euro, account DE89 3704 0044 0532 0130 00, channel #ops"])
    assert said.say("bob@example.com", "mail")
    assert not said.say("ob@example.com", "mail")
    assert not said.say("bob@example.co", "mail")
    assert not said.say("bob@example.com, eve@evil.example", "mail")
    assert not said.say("https://example.com/x", "host")
    assert said.say("DE89370400440532013000", "account")
    assert said.say(1250.5)
    assert not said.say(1250)
    assert said.say("#ops")
    assert not said.say("op")


def test_hidden_characters_do_not_make_another_address() -> None:
    assert Words(["write to jo\u200b@x.example"]).say("jo@x.example", "mail")


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "https://evil.example/schema.json"}, {"$ref": "#"}, {"properties": {"a": {"$ref": "#/none"}}},
        {"properties": {"default": {"$ref": "#"}}}, {"properties": {"a": {"pattern": "(a+)+$"}}},
        {"patternProperties": {"(a+)+$": {}}}, {"type": "nonsense"}, {"not": {"$id": "https://x.example"}},
        {"unevaluatedProperties": False}, {"items": [{}]}, {"required": "a"}, {"minLength": -1}, {"multipleOf": 0},
        {"properties": {"a": 5}}, {"allOf": []}, {"type": []}, {"enum": 5}, {"$ref": "#/title", "title": "x"},
        {"$dynamicRef": "#x"}, {"enum": ["x" * 200_000]},
        {"$defs": {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(40)} | {"d40": {}},
         "$ref": "#/$defs/d0"},
    ],
)  # fmt: skip
def test_a_schema_that_could_run_for_ever_or_reach_out_is_not_used(schema: dict[str, Any]) -> None:
    began = time.process_time()
    with pytest.raises(UnusableSchema):
        Checker(schema)
    assert time.process_time() - began < 10


names = st.sampled_from(["a", "b", "c"])
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 1.0, 2.5]), st.text("ab1", max_size=3)
    ),
    lambda one: st.one_of(st.lists(one, max_size=3), st.dictionaries(names, one, max_size=3)),
    max_leaves=6,
)
kinds = st.sampled_from(["string", "number", "integer", "object", "array", "boolean", "null"])
small = st.integers(0, 3)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    many = st.lists(inner, min_size=1, max_size=3)
    by_name = st.dictionaries(names, inner, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(kinds, st.lists(kinds, min_size=1, max_size=2, unique=True)),
            "enum": st.lists(values, min_size=1, max_size=3), "const": values,
            "minimum": small, "exclusiveMaximum": small, "multipleOf": st.sampled_from([1, 2, 0.5]),
            "minLength": small, "maxLength": small, "pattern": st.sampled_from(["^a", "1$", "b"]),
            "minItems": small, "maxItems": small, "uniqueItems": st.booleans(), "prefixItems": many, "items": inner,
            "contains": inner, "minContains": small, "maxContains": small,
            "minProperties": small, "maxProperties": small,
            "required": st.lists(names, max_size=2, unique=True), "properties": by_name,
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b|c"]), inner, max_size=1),
            "additionalProperties": inner, "propertyNames": inner, "dependentSchemas": by_name,
            "dependentRequired": st.dictionaries(names, st.lists(names, max_size=2, unique=True), max_size=1),
            "allOf": many, "anyOf": many, "oneOf": many, "not": inner, "if": inner, "then": inner, "else": inner,
        },
    )  # fmt: skip


schemas = st.recursive(st.one_of(st.booleans(), _schemas(st.booleans())), _schemas, max_leaves=4)


@settings(max_examples=50)
@given(schema=_schemas(schemas), value=values)
def test_values_fit_as_the_reference_library_says(schema: dict[str, Any], value: Any) -> None:
    says = Draft202012Validator({"properties": {"v": schema}}).is_valid({"v": value})
    assert (Checker({"properties": {"v": schema}}).fault({"v": value}, 1) == "") == says


def test_a_schema_with_local_references_is_checked() -> None:
    checker = Checker({"$defs": {"name": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/name"}}})
    assert checker.fault({"a": "x"}, 2) == ""
    assert checker.fault({"a": 1}, 2) == "'a' breaks 'type'"


def test_more_work_than_a_call_is_worth_is_not_done() -> None:
    checker = Checker({"properties": {f"p{i}": {"type": "string"} for i in range(1_000)}})
    assert checker.fault({}, 1) == ""
    assert checker.fault({}, 1_000) == "they are too many to be checked"


def test_a_long_text_meets_no_pattern() -> None:
    checker = Checker({"properties": {"a": {"pattern": "^[a-z]+$"}}})
    assert checker.fault({"a": "abc"}, 2) == ""
    assert checker.fault({"a": "a" * 5_000}, 2) != ""


def test_a_schema_is_compiled_once_and_few_are_kept() -> None:
    schemas = Schemas(most=2)
    assert schemas.checker({"type": "object"}) is schemas.checker({"type": "object"})
    for i in range(5):
        schemas.checker({"type": "object", "title": str(i)})
    with pytest.raises(UnusableSchema):
        schemas.checker({"$ref": "#"})


def test_the_first_rule_of_a_name_and_server_counts() -> None:
    rules = (ToolRule(name="send_*", servers=("mail",)), ToolRule(name="send_mail", effect=("reads",)))
    assert rule_for(rules, "send_mail", "mail") is rules[0]
    assert rule_for(rules, "send_mail", "other") is rules[1]
    assert rule_for(rules, "wipe", "mail") is None


def test_a_callers_own_rights_narrow_further() -> None:
    assert may_use(Caller(), "x")
    assert not may_use(Caller(tools=()), "x")
    assert may_use(Caller(tools=("read_*",)), "read_file")


def test_a_digest_changes_with_everything_that_a_model_is_told() -> None:
    offer = ToolOffer(name="a", about="b", parameters={"x": 1, "y": 2})
    assert digest_of(offer) == digest_of(ToolOffer(name="a", about="b", parameters={"y": 2, "x": 1}))
    assert (
        len({digest_of(offer), digest_of(ToolOffer(name="a", about="c")), digest_of(ToolOffer(name="a", about="b"))})
        == 3
    )
