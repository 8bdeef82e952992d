"""The API does what its document says: schemathesis sends what fits and what does not, and checks each answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, TypeAlias, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.python.asgi import get_client

from bartizan.register.opening import open_register
from bartizan.web.api.openapi import document
from bartizan.web.api.router import ROUTES
from tests.register.desks import desk_with
from tests.web.api.calling import REAL, token_for
from tests.web.clients import application

EXAMPLES = 100 if os.environ.get("BARTIZAN_FULL") else 10
ELSEWHERE = {"number": [2, 3, 2**31 - 1]}
"""More parts of paths; others are what leads somewhere, and what is not there."""
Case: TypeAlias = schemathesis.Case[Any]
_EXPECTED = ["2xx", 404, 409, 412, 422, 428]
"""What data that fits the document may meet: a day that has passed, a name that is none, somebody who was quicker."""
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"allow-x00": False},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": _EXPECTED},
            "missing_required_header": {"expected-statuses": [400, 404, 422, 428]},
        },
        "operations": [
            {"include-method": "GET", "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 404]}}},
        ],
    }
)


def _known() -> dict[str, Any]:
    made = document(ROUTES)
    for operations in made["paths"].values():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    name = parameter["name"]
                    real = int(REAL[name]) if name == "number" else REAL[name]
                    parameter["schema"] = {"enum": [real, *ELSEWHERE.get(name, ["nothing"])]}
    return made


LABELS = sorted(f"{route.method} {route.template}" for route in ROUTES)


class Conformance:
    """The application, called by an administrator's token, with its operations by label."""

    def __init__(self, app: Any, client: Any, token: str) -> None:
        schema = schemathesis.openapi.from_dict(_known(), config=CONFIG)
        schema.app = app
        self.operations: dict[str, Any] = {
            f"{method} {path}": schema[path][method] for method, path in map(str.split, LABELS)
        }
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def check(self, case: Case) -> None:
        """Send a case, and look at the answer with all checks there are."""
        case.call_and_validate(session=self._client, headers=self._headers, base_url="http://127.0.0.1/api/v1")


@pytest.fixture(scope="module")
def conformance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conformance]:
    """The application over a register with one system."""
    register = open_register(tmp_path_factory.mktemp("api") / "register.db")
    try:
        app = application(desk_with(register))
        with get_client(cast(Any, app)) as client:
            yield Conformance(app, client, token_for(register, "ada", "administrator"))
    finally:
        register.close()


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_an_operation_does_what_the_document_says(
    conformance: Conformance, label: str, mode: schemathesis.GenerationMode
) -> None:
    @settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=conformance.operations[label].as_strategy(generation_mode=mode))
    def conforms(case: Case) -> None:
        conformance.check(case)

    conforms()
