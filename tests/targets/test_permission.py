from __future__ import annotations

import datetime

import pytest

from bartizan.core.errors import Refused
from bartizan.targets.permission import Permission, check_permission

TODAY = datetime.date(2026, 11, 22)
MODEL = "https://scoring.example/v2/models/credit/infer"


def _permission(target: str, until: datetime.date = TODAY) -> Permission:
    return Permission(target=target, granted_by="Ada Owner", until=until)


@pytest.mark.parametrize(
    "target", [MODEL, "https://scoring.example", "https://scoring.example:443/v2/", "https://SCORING.example/v2/models"]
)
def test_a_permission_covers_the_address_and_what_lies_below_it(target: str) -> None:
    check_permission(_permission(target), MODEL, TODAY)


@pytest.mark.parametrize(
    "target",
    [
        "http://scoring.example",
        "https://scoring.example.evil.example",
        "https://scoring.example:8443",
        "https://scoring.exampl",
        "https://scoring.example/v2/models/cred",
        "https://scoring.example/v2/models/other",
        "https://other.example/?https://scoring.example",
        "scoring.example",
        "the credit model",
    ],
)
def test_a_permission_covers_nothing_else(target: str) -> None:
    with pytest.raises(Refused, match="Ada Owner is for"):
        check_permission(_permission(target), MODEL, TODAY)


@pytest.mark.parametrize(
    "address",
    [
        "https://scoring.example/v2/models/../admin",
        "https://scoring.example/v2/models/%2e%2E/admin",
        "https://scoring.example/v2/models/..%2fadmin",
        "https://scoring.example/v2/models\\..\\admin",
        "https://user@scoring.example:x/v2/models/a",
    ],
)
def test_nobody_climbs_out_of_the_path_that_was_granted(address: str) -> None:
    assert not _permission("https://scoring.example/v2/models").covers(address)


def test_a_permission_holds_on_its_last_day_and_not_after() -> None:
    check_permission(_permission(MODEL, TODAY), MODEL, TODAY)
    with pytest.raises(Refused, match="ended on 2026-11-21; ask for a new one"):
        check_permission(_permission(MODEL, TODAY - datetime.timedelta(1)), MODEL, TODAY)


def test_without_a_permission_it_is_said_what_to_do() -> None:
    with pytest.raises(Refused, match="needs a permission; ask its owner, and give the permission with 'target'"):
        check_permission(None, MODEL, TODAY)


def test_a_permission_that_nobody_gave_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="who granted it"):
        Permission(target=MODEL, granted_by=" ", until=TODAY)
