"""The API in tests: a register with one system, and programs that call it with tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bartizan.core.people import EVERYWHERE, Role
from bartizan.register.opening import Register, open_register
from bartizan.workflows import keeping
from bartizan.workflows.desk import Desk
from tests.register.desks import TEXT, desk_with
from tests.web.api.calling import Caller, token_for
from tests.web.clients import People, application

Make = Callable[..., Caller]


@pytest.fixture
def desk(register: Register) -> Desk:
    """A register with one system."""
    return desk_with(register)


@pytest.fixture
def calls(desk: Desk, people: People) -> Make:
    """Makes callers: `calls("asa", "assessor")`."""

    def make(name: str, role: Role, system: str = EVERYWHERE) -> Caller:
        return Caller(people.nobody(), token_for(desk.register, name, role, system))

    return make


@pytest.fixture
def asa(calls: Make) -> Caller:
    """Asa, who may describe and decide everywhere."""
    return calls("asa", "assessor")


@pytest.fixture(scope="module")
def two_systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """A running application over a register with two systems, for tests that only ask."""
    register = open_register(tmp_path_factory.mktemp("api") / "two.db")
    desk = desk_with(register)
    keeping.keep(desk, TEXT, file="two.yaml", by="anna", system="two")
    people = People(register, application(desk))
    yield people
    people.close()
    register.close()
