"""The web application in tests: a register of its own, people with one role each, and clients that are logged in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bartizan.register.opening import Register
from bartizan.workflows.desk import Desk
from tests.register.databases import Kind
from tests.web.clients import People, Visitor, application


@pytest.fixture
def kind() -> Kind:
    """Pages are tested on a file; the register itself is tested on both databases."""
    return "sqlite"


@pytest.fixture
def desk(register: Register) -> Desk:
    """The register with the catalogue, as use cases want it."""
    return Desk(register)


@pytest.fixture
def people(desk: Desk) -> Iterator[People]:
    """Makes users, and clients that are logged in as them."""
    made = People(desk.register, application(desk))
    yield made
    made.close()


@pytest.fixture
def anybody(people: People) -> Visitor:
    """Somebody who is not logged in."""
    return people.nobody()


@pytest.fixture
def as_viewer(people: People) -> Visitor:
    """Logged in as `vera`, who may read everything."""
    return people.log_in("vera", "viewer")


@pytest.fixture
def as_assessor(people: People) -> Visitor:
    """Logged in as `asa`, who may describe and decide everywhere."""
    return people.log_in("asa", "assessor")


@pytest.fixture
def as_approver(people: People) -> Visitor:
    """Logged in as `april`, who may approve everywhere."""
    return people.log_in("april", "approver")


@pytest.fixture
def as_admin(people: People) -> Visitor:
    """Logged in as `ada`, who may do everything."""
    return people.log_in("ada", "administrator")
