"""`bartizan catalog`: look things up in the framework, in any of its editions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bartizan.catalog.diff import diff
from bartizan.catalog.load import load_catalog
from bartizan.catalog.maps import threat_map
from bartizan.catalog.measured import measured_table
from bartizan.catalog.navigator import navigator
from bartizan.catalog.search import search
from bartizan.catalog.views import controls_overview, matrix, periodic_table
from bartizan.cli.catalog_output import FORMS, deliver_page
from bartizan.cli.catalog_show import shown
from bartizan.cli.options import EditionType, catalog_option, edition_option, out_option
from bartizan.cli.output import Form, form_option
from bartizan.core.errors import nearest
from bartizan.core.terms import DEFAULT_EDITION, Edition
from bartizan.report.catalog_diff import diff_page
from bartizan.report.catalog_lists import LISTS, list_page, search_page
from bartizan.report.catalog_map import map_page, maps_page
from bartizan.report.catalog_views import matrix_page, navigator_page, overview_page, periodic_page

F = TypeVar("F", bound=Callable[..., Any])


class _Commands(click.Group):
    """A group that answers a wrong command with the nearest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            fix = nearest(args[0], self.commands) or f"to look it up: bartizan catalog show {args[0]}"
            raise click.UsageError(f"there is no command 'catalog {args[0]}'; {fix}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands)
def catalog() -> None:
    r"""Look things up: threats, controls, tables, maps, editions.

    \b
    bartizan catalog show DETECTODDINPUT     any name of any edition, and what it became
    bartizan catalog search prompt leak      over all text
    bartizan catalog map -o map.html         a picture
    """


def _output(function: F) -> F:
    """The options of every command: in which form, where to, and which catalogue."""
    return catalog_option(form_option(FORMS)(out_option(function)))


@catalog.command("list")
@click.argument("kind", type=click.Choice(LISTS), required=False)
@edition_option
@_output
def list_(
    kind: str | None,
    edition: Edition | None,
    form: Form | None,
    out: Path | None,
    catalog_folders: tuple[Path, ...],
) -> None:
    """All entries of an edition, or of one kind."""
    known = load_catalog(*catalog_folders)
    year = edition or DEFAULT_EDITION
    kinds = (kind,) if kind else LISTS
    entries = {
        "threats": [t for t in known.threats.values() if year in t.names],
        "controls": [c for c in known.controls.values() if year in c.names],
        "groups": [g for g in known.groups.values() if year in g.members],
        "facts": list(known.facts.values()),
        "mappings": [m for m in known.mappings.values() if year in m.editions],
    }
    deliver_page(list_page(known, kinds, year), {k: entries[k] for k in kinds}, form, out)


@catalog.command()
@click.argument("name", nargs=-1, required=True)
@edition_option
@_output
def show(
    name: tuple[str, ...],
    edition: Edition | None,
    form: Form | None,
    out: Path | None,
    catalog_folders: tuple[Path, ...],
) -> None:
    """One entry, by any name it ever had.

    NAME is an id, a name, a capital form, an old slug or a permalink of any edition; a group of controls, a fact, or a
    list of others and its items (owasp_llm_top10_2026/LLM01).
    """
    page, value = shown(load_catalog(*catalog_folders), " ".join(name), edition or DEFAULT_EDITION)
    deliver_page(page, value, form, out)


@catalog.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="At most so many.")
@_output
def search_(
    words: tuple[str, ...], limit: int, form: Form | None, out: Path | None, catalog_folders: tuple[Path, ...]
) -> None:
    """Entries whose text has these words, best first."""
    hits = search(load_catalog(*catalog_folders), words, limit)
    deliver_page(search_page(" ".join(words), hits), hits, form, out)


@catalog.command("matrix")
@click.option("--clickable", is_flag=True, help="The shorter table of 2026 that stands beside its picture.")
@edition_option
@_output
def matrix_(
    clickable: bool, edition: Edition | None, form: Form | None, out: Path | None, catalog_folders: tuple[Path, ...]
) -> None:
    """The AI security matrix of an edition, as printed."""
    known = load_catalog(*catalog_folders)
    view = matrix(known, edition or DEFAULT_EDITION, clickable=clickable)
    deliver_page(matrix_page(known, view), view, form, out)


@catalog.command("periodic-table")
@edition_option
@_output
def periodic_table_(
    edition: Edition | None, form: Form | None, out: Path | None, catalog_folders: tuple[Path, ...]
) -> None:
    """The periodic table of an edition, as printed."""
    known = load_catalog(*catalog_folders)
    view = periodic_table(known, edition or DEFAULT_EDITION)
    deliver_page(periodic_page(known, view, measured_table()), view, form, out)


@catalog.command()
@edition_option
@_output
def controls(edition: Edition | None, form: Form | None, out: Path | None, catalog_folders: tuple[Path, ...]) -> None:
    """The overview of controls.

    The nine groups of 2025, the essentials of 2026, or the groups of sections of 2023.
    """
    known = load_catalog(*catalog_folders)
    view = controls_overview(known, edition or DEFAULT_EDITION)
    deliver_page(overview_page(known, view), view, form, out)


@catalog.command("navigator")
@edition_option
@_output
def navigator_(edition: Edition | None, form: Form | None, out: Path | None, catalog_folders: tuple[Path, ...]) -> None:
    """Threats, controls and how they relate."""
    known = load_catalog(*catalog_folders)
    view = navigator(known, edition or DEFAULT_EDITION)
    deliver_page(navigator_page(known, view), view, form, out)


@catalog.command("map")
@click.argument("name", metavar="[ID]", required=False)
@edition_option
@_output
def map_(
    name: str | None,
    edition: Edition | None,
    form: Form | None,
    out: Path | None,
    catalog_folders: tuple[Path, ...],
) -> None:
    """The threat maps, or one of them.

    Without an ID the maps there are; with --edition or -o the general one of that edition.
    """
    known = load_catalog(*catalog_folders)
    if name is None and (edition or out) and edition != 2023:
        name = f"{edition or DEFAULT_EDITION}_general"
    if name is None:
        maps = [m for m in known.maps if edition in {None, m.edition}]
        deliver_page(maps_page(maps, edition), maps, form, out)
        return
    view = threat_map(known, name)
    deliver_page(map_page(known, view), view, form, out)


@catalog.command("diff")
@click.argument("before", type=EditionType())
@click.argument("after", type=EditionType())
@_output
def diff_(
    before: Edition, after: Edition, form: Form | None, out: Path | None, catalog_folders: tuple[Path, ...]
) -> None:
    """What changed between two editions, and what it means."""
    known = load_catalog(*catalog_folders)
    found = diff(known, before, after)
    deliver_page(diff_page(known, found), found, form, out)
