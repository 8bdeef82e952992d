"""Questions over many systems, each compared with what plain Python makes of all rows, on both databases."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bartizan.core.kept import KeptRisk, KeptSystem
from bartizan.core.terms import Treatment
from bartizan.register import across, portfolio, risks, systems
from bartizan.register.opening import Register
from bartizan.register.portfolio import Filters, RiskFilters
from bartizan.workflows.admission import Choice
from bartizan.workflows.desk import Desk
from bartizan.workflows.keeping import decide, keep, refresh
from bartizan.workflows.upgrade import upgrade
from tests.register.databases import Clock
from tests.workflows.desks import AGENT

ROOT = Path(__file__).parents[2]
EXAMPLES = ("retail-chatbot", "twenty-lines", "industrial-rule-engine", "executive-mail-agent")


@pytest.fixture
def desk(register: Register) -> Desk:
    """Six systems: four examples, one of hostile name, one that was put away."""
    made = Desk(register)
    for name in EXAMPLES:
        text = (ROOT / "examples" / name / "system.yaml").read_text(encoding="utf-8")
        keep(made, text, file="system.yaml", by="anna", system=name)
    hostile = AGENT.replace("Mail agent", '"100%_\'; DROP TABLE risks"').replace("Office", "Ünal")
    keep(made, hostile, file="system.yaml", by="anna", system="hostile")
    keep(made, AGENT, file="system.yaml", by="anna", system="old")
    with register.change("anna") as change:
        systems.archive(change, "old", True)
    return made


def ids(desk: Desk, filters: Filters, sort: portfolio.Sort = "worst") -> list[str]:
    with desk.register.read() as connection:
        page = portfolio.systems(connection, filters, sort=sort)
    assert page.total == len(page.items)
    return [one.id for one in page.items]


def everything(desk: Desk) -> tuple[list[KeptSystem], list[KeptRisk]]:
    with desk.register.read() as connection:
        kept = list(systems.systems(connection))
        return kept, [row for one in kept for row in risks.risks(connection, one.id)]


def test_systems_come_worst_first_and_without_those_put_away(desk: Desk) -> None:
    kept, _ = everything(desk)
    expected = sorted(kept, key=lambda s: (-s.worst, -s.above_appetite, s.id))
    assert ids(desk, Filters()) == [one.id for one in expected]
    assert ids(desk, Filters(archived=True)) == ["old"]
    assert len(ids(desk, Filters(archived=None))) == 6


def test_pages_hold_every_system_once(desk: Desk) -> None:
    with desk.register.read() as connection:
        pages = [portfolio.systems(connection, Filters(), sort="name", offset=n, limit=2) for n in (0, 2, 4)]
    found = [one.id for page in pages for one in page.items]
    assert (len(found), len(set(found)), {page.total for page in pages}) == (5, 5, {5})


def test_each_filter_keeps_what_it_says(desk: Desk) -> None:
    kept, _ = everything(desk)
    assert ids(desk, Filters(text="100%_'; drop")) == ["hostile"]
    assert ids(desk, Filters(text="%")) == ["hostile"]
    assert ids(desk, Filters(owner="Ünal")) == ["hostile"]
    assert set(ids(desk, Filters(supplier="halcyon models"))) == {"retail-chatbot", "twenty-lines"}
    assert ids(desk, Filters(model="shop chat")) == ["retail-chatbot"]
    assert ids(desk, Filters(only=frozenset({"hostile", "old"}))) == ["hostile"]
    assert ids(desk, Filters(only=frozenset())) == []
    assert set(ids(desk, Filters(worst=5))) == {one.id for one in kept if one.worst >= 5}
    assert set(ids(desk, Filters(untreated=True))) == {one.id for one in kept if one.untreated}
    assert ids(desk, Filters(due_before="2027-05-21")) == []
    assert len(ids(desk, Filters(due_before="2027-05-22"))) == 5


def test_the_sums_are_those_of_the_systems(desk: Desk) -> None:
    kept, _ = everything(desk)
    with desk.register.read() as connection:
        found = portfolio.totals(connection, Filters())
        none = portfolio.totals(connection, Filters(only=frozenset()))
    assert found.systems == 5
    assert found.above_appetite == sum(one.above_appetite for one in kept)
    assert (none.systems, none.risks, none.worst) == (0, 0, 0)


@pytest.mark.parametrize("filters", [Filters(), Filters(only=frozenset({"hostile"})), Filters(archived=None)])
def test_the_heat_map_counts_every_open_risk_once(desk: Desk, filters: Filters) -> None:
    with desk.register.read() as connection:
        meant = {one.id for one in portfolio.systems(connection, filters).items}
        rows = [row for name in meant for row in risks.risks(connection, name)]
        found = {(c.likelihood, c.impact): c.risks for c in portfolio.heat(connection, filters)}
    assert found == Counter((r.current_likelihood, r.current_impact) for r in rows if r.state == "open")


def search(desk: Desk, filters: RiskFilters) -> list[tuple[str, int]]:
    with desk.register.read() as connection:
        found = portfolio.risks(connection, filters, limit=500)
    assert (found.total, found.more, found.next) == (len(found.items), False, None)
    return [(row.system, row.number) for row in found.items]


def test_a_search_finds_what_plain_python_finds(desk: Desk) -> None:
    _, rows = everything(desk)
    decide(desk, "hostile", 1, Choice(treatment=Treatment.MITIGATE, reason="x"), by="anna")
    with desk.register.change("anna") as change:
        risks.assign_owner(change, "hostile", 2, "Mei Chen")

    def expected(wanted: object) -> list[tuple[str, int]]:
        assert callable(wanted)
        found = sorted((r for r in rows if wanted(r)), key=lambda r: (-r.current_level, r.system, r.number))
        return [(r.system, r.number) for r in found]

    assert search(desk, RiskFilters()) == expected(lambda _: True)
    assert search(desk, RiskFilters(text="POISON")) == expected(lambda r: "poison" in f"{r.name}{r.risk}".lower())
    assert search(desk, RiskFilters(text="shop chat")) == expected(lambda r: "shop chat" in r.label.lower())
    assert search(desk, RiskFilters(level=4)) == expected(lambda r: r.current_level >= 4)
    assert search(desk, RiskFilters(threat="data_poison")) == expected(lambda r: r.threat == "data_poison")
    assert search(desk, RiskFilters(system="hostile")) == expected(lambda r: r.system == "hostile")
    assert search(desk, RiskFilters(above_appetite=True)) == expected(lambda r: r.above_appetite)
    assert search(desk, RiskFilters(treatment="mitigate")) == [("hostile", 1)]
    assert search(desk, RiskFilters(owner="mei chen")) == [("hostile", 2)]
    assert search(desk, RiskFilters(text="mei ch")) == [("hostile", 2)]
    assert search(desk, RiskFilters(text="%")) == []
    assert search(desk, RiskFilters(only=frozenset({"old"}))) == []
    assert search(desk, RiskFilters(only=frozenset({"old"}), archived=None)) != []
    cell = rows[0].current_likelihood, rows[0].current_impact
    assert search(desk, RiskFilters(likelihood=cell[0], impact=cell[1])) == expected(
        lambda r: (r.current_likelihood, r.current_impact) == cell
    )


def test_pages_of_a_search_hold_every_risk_once(desk: Desk) -> None:
    whole, place, found = search(desk, RiskFilters()), None, []
    while True:
        with desk.register.read() as connection:
            page = portfolio.risks(connection, RiskFilters(), after=place, limit=7)
        assert page.total == len(whole)
        found += [(row.system, row.number) for row in page.items]
        place = page.next
        if place is None:
            break
    assert found == whole


def test_the_course_over_time_has_each_system_with_its_newest_assessment(desk: Desk, clock: Clock) -> None:
    kept, _ = everything(desk)
    clock.forward(days=1)
    safer = AGENT.replace("trusted: no", "trusted: yes").replace("    reads: [mailbox]\n", "")
    keep(desk, safer, file="system.yaml", by="anna", system="hostile")
    clock.forward(days=1)
    refresh(desk, "hostile", by="anna")
    with desk.register.read() as connection:
        first, second, third = across.trend(connection, Filters())
        later = across.trend(connection, Filters(), since="2026-11-23")
        alone = across.trend(connection, Filters(only=frozenset({"hostile"})))
    assert (first.systems, first.risks) == (5, sum(one.risks for one in kept))
    now, _ = everything(desk)
    assert second.risks == sum(one.risks for one in now) < first.risks
    assert (third.risks, third.above_appetite) == (second.risks, sum(one.above_appetite for one in now))
    assert later == (second, third)
    assert [day.systems for day in alone] == [1, 1, 1]


def test_the_same_supplier_and_model_are_found_across_systems(desk: Desk) -> None:
    with desk.register.read() as connection:
        (one,) = across.shared_suppliers(connection, Filters(), least=2, limit=1)
        models = across.shared_models(connection, Filters())
        agents = across.shared_suppliers(connection, Filters(archived=None))
    assert one.count == len(one.systems) == 2
    assert {model.name for model in models} >= {"Shop chatbot"}
    northwind = next(found for found in agents if found.name == "Northwind AI")
    assert set(northwind.systems) == {"executive-mail-agent", "hostile", "old"}


def test_the_index_of_components_follows_the_description(desk: Desk) -> None:
    changed = AGENT.replace("Northwind AI", "Somebody else")
    keep(desk, changed, file="system.yaml", by="anna", system="hostile")
    assert ids(desk, Filters(supplier="Somebody else")) == ["hostile"]


def test_an_upgrade_tells_what_would_change_and_goes_on_where_it_stopped(desk: Desk) -> None:
    before = everything(desk)
    whole = list(upgrade(desk, 2025))
    assert [one.system for one in whole] == sorted([*EXAMPLES, "hostile"])
    assert any(one.gone for one in whole)
    for one in whole:
        assert one.above_after - one.above_before <= one.new + one.up + one.gone + one.down + one.undecided
    assert list(upgrade(desk, 2025, after=whole[1].system)) == whole[2:]
    assert all(one.nothing for one in upgrade(desk, 2026, only=frozenset({"hostile"})))
    assert everything(desk) == before
