"""The admin API does what its document says: schemathesis sends what fits and what does not, and checks each answer."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.config import SchemathesisConfig

from bartizan.gateway.admin.document import document
from bartizan.gateway.admin.routes import ROUTES
from tests.gateway.admin.office import AUTH, TOKEN, office
from tests.gateway.running import Scripted, in_a_thread, saying

EXAMPLES = 100 if os.environ.get("BARTIZAN_FULL") else 10
Case: TypeAlias = schemathesis.Case[Any]
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"allow-x00": False},
        "checks": {
            # A question or switch that there is not, a name that is none.
            "positive_data_acceptance": {"expected-statuses": ["2xx", 404, 409, 422]},
        },
    }
)
LABELS = sorted(f"{route.method} {route.path}" for route in ROUTES)
POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
OPEN = {f"{route.method} {route.path}" for route in ROUTES if route.is_open}
"""These take nothing, not even a token, so nothing of it can be wrong."""
CASES = [(label, mode) for label in LABELS for mode in (POSITIVE, NEGATIVE) if mode == POSITIVE or label not in OPEN]


class Conformance:
    """A real worker's admin API, by its operations."""

    def __init__(self, address: str) -> None:
        schema = schemathesis.openapi.from_dict(document(), config=CONFIG)
        self._address = address
        self.operations: dict[str, Any] = {
            f"{method} {path}": schema[path][method] for method, path in map(str.split, LABELS)
        }

    def check(self, case: Case) -> None:
        """Send a case, and look at the answer with all checks there are."""
        case.call_and_validate(headers=AUTH, base_url=self._address)


@pytest.fixture(scope="module")
def conformance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conformance]:
    """Behind a token."""
    folder: Path = tmp_path_factory.mktemp("admin")
    (folder / "token").write_text(TOKEN)

    @contextlib.asynccontextmanager
    async def up() -> AsyncIterator[str]:
        async with office(folder, Scripted(saying(b"{}")), key=f"file:{folder}/token") as here:
            yield here.address

    with in_a_thread(up) as address:
        yield Conformance(address)


@pytest.mark.parametrize(("label", "mode"), CASES, ids=[f"{label} {mode.value}" for label, mode in CASES])
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
