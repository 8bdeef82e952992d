"""The OpenAPI document is whole: valid, the same in both forms, and it says of every route what can happen."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from bartizan.web.api.endpoint import Route
from bartizan.web.api.openapi import document
from bartizan.web.api.router import ROUTES
from tests.web.clients import People

every_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
MADE = document(ROUTES)


def operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = MADE["paths"][route.template][route.method.lower()]
    return found


def test_anybody_may_read_it_in_both_forms(two_systems: People) -> None:
    nobody = two_systems.nobody()
    as_json, as_yaml = nobody.get("/api/v1/openapi.json"), nobody.get("/api/v1/openapi.yaml")
    assert as_json.headers["content-type"] == "application/json"
    assert as_yaml.headers["content-type"] == "application/yaml"
    assert as_json.json() == yaml.safe_load(as_yaml.text)
    assert as_json.json()["openapi"] == "3.1.0"


def test_its_schemas_are_schemas_and_all_that_is_referred_to_is_there() -> None:
    for schema in MADE["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for reference in set(re.findall(r"'#/components/(\w+)/([^']+)'", str(MADE))):
        assert reference[1] in MADE["components"][reference[0]]


def test_fields_are_explained_by_the_words_beside_them() -> None:
    schemas = MADE["components"]["schemas"]
    assert "How long the whole list is" in schemas["Listed_KeptRisk_"]["properties"]["total"]["description"]
    assert "no decision holds" in schemas["KeptSystem"]["properties"]["untreated"]["description"]
    assert "threat@component" in schemas["NewEvidence"]["properties"]["risk"]["description"]


def test_operations_have_names_of_their_own() -> None:
    names = [operation(route)["operationId"] for route in ROUTES]
    assert len(set(names)) == len(names)


@every_route
def test_an_operation_is_described(route: Route) -> None:
    found = operation(route)
    assert found["summary"]
    assert {p["name"] for p in found["parameters"] if p["in"] == "path"} == {name for name, _ in route.parts}
    assert {"401", "406", "422", "500", str(route.status)} <= set(found["responses"])
    assert (route.method == "GET") == ("security" not in found)


@every_route
def test_a_function_takes_what_its_path_names(route: Route) -> None:
    names = set(inspect.signature(route.does).parameters) - {"call", "query", "body"}
    assert names == {name for name, _ in route.parts}


@every_route
def test_what_is_sent_has_no_unknown_fields(route: Route) -> None:
    for kind in (route.query, route.body):
        for struct in getattr(kind, "__args__", (kind,)):
            if struct is not None:
                assert issubclass(struct, msgspec.Struct)
                assert struct.__struct_config__.forbid_unknown_fields
