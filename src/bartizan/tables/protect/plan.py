"""The plan of a protection: what is done to each column of a table, as somebody wrote it in YAML.

A plan never holds a key, and a column that it does not name is an error: nothing passes by being forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.shape import to_value
from bartizan.core.source import Document, PathKey, read_yaml

Kind: TypeAlias = Literal["number", "date", "category"]
DateUnit: TypeAlias = Literal["month", "quarter", "year", "decade"]
_QUASI: Final = 60
_DIGITS: Final = (16, 64)


class Keep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="keep", tag_field="do"):
    """The column stays as it is."""


class Drop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="drop", tag_field="do"):
    """The column is left out."""


class Pseudonym(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="pseudonym", tag_field="do"):
    """Equal values get equal names that nobody without the key can tell or make."""

    group: str = ""
    """Columns of one group, in any table, get the same pseudonyms and can be joined; empty: the column's own name."""
    digits: int = 32
    """Hexadecimal digits, 16 to 64."""
    fold: bool = False
    """Whether case, width and white space around do not count: for e-mail addresses and names."""


class Mask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="mask", tag_field="do"):
    """Most characters are covered; never less than half of a value."""

    keep_first: int = 0
    keep_last: int = 0
    with_: str = msgspec.field(default="*", name="with")
    separators: bool = True
    """Whether what is no letter or digit stays in its place."""
    length: int = 0
    """How many characters stand for the covered ones; 0: as many as there were, which tells the length."""


class Token(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="token", tag_field="do"):
    """Digits become other digits, letters other letters, and the key holder can turn them back: FF1."""

    group: str = ""
    """As for pseudonyms."""


class Generalise(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="generalise", tag_field="do"
):
    """Values become coarser, by exactly one of these."""

    bins: float | None = None
    """Width of ranges of numbers, counted from 0."""
    edges: tuple[float, ...] = ()
    """Borders of ranges of numbers, ascending; what lies outside is below the first or from the last on."""
    date: DateUnit | None = None
    prefix: int | None = None
    """How many characters stay, for postcodes and codes that nest."""
    mapping: dict[str, str] = {}
    """Value -> what stands for it."""
    other: str | None = None
    """What stands for values that the mapping lacks; none: they are an error."""


class Noise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="noise", tag_field="do"):
    """Numbers are moved at random. It blurs; it is no differential privacy."""

    scale: float
    """Standard deviation."""
    shape: Literal["laplace", "gaussian"] = "laplace"
    least: float | None = None
    most: float | None = None
    """What is beyond is set to the border."""
    decimals: int = 0
    """Digits behind the point that are written."""


Action: TypeAlias = Keep | Drop | Pseudonym | Mask | Token | Generalise | Noise
_Written: TypeAlias = Literal["keep", "drop", "pseudonym", "mask", "token"] | Action
_BY_WORD: Final[dict[str, Action]] = {
    "keep": Keep(),
    "drop": Drop(),
    "pseudonym": Pseudonym(),
    "mask": Mask(),
    "token": Token(),
}


class Anonymise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the columns by which a person may be found together must reach."""

    quasi: tuple[str, ...]
    """Columns that others may know of a person."""
    k: int
    """Rows that must be alike in all of them."""
    sensitive: str = ""
    """The column that others must not learn."""
    l: Annotated[float, msgspec.Meta(description="diversity")] = 1.0  # noqa: E741 - the name of the measure
    """Different sensitive values in each class."""
    diversity: Literal["distinct", "entropy"] = "distinct"
    t: float | None = None
    """The farthest that the sensitive values of a class may be from those of the table: earth mover's distance."""
    distance: Literal["equal", "ordered"] | None = None
    """Between sensitive values; none: ordered for numbers, else equal."""
    suppress: float = 0.0
    """The largest share of rows that may be left out."""
    exact: tuple[str, ...] = ()
    """Those of the columns whose values are never made coarser."""
    kinds: dict[str, Kind] = {}
    """Of columns whose values do not tell it."""
    hierarchies: dict[str, dict[str, tuple[str, ...]]] = {}
    """Column -> value -> what stands for it, from the finest to the coarsest."""
    cuts: Literal["strict", "relaxed"] = "strict"
    """Whether equal values stay together (strict), or may go to two classes, which makes them smaller (relaxed)."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is done to a table."""

    columns: dict[str, Action]
    anonymise: Anonymise | None
    document: Document
    """Where it stands, for messages."""

    def group(self, column: str) -> str:
        """The domain in which a column's pseudonyms or tokens are equal for equal values."""
        action = self.columns[column]
        return (action.group if isinstance(action, Pseudonym | Token) else "") or column

    @property
    def needs_key(self) -> bool:
        """Whether anything in it is keyed."""
        return any(isinstance(one, Pseudonym | Token) for one in self.columns.values())


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    columns: dict[str, _Written] = {}
    anonymise: Anonymise | None = None


def read_plan(file: Path) -> Plan:
    """A plan in YAML. Raises InputError with all that is wrong, by line."""
    document = read_yaml(file)
    read = to_value(document, _File)
    columns = {name: _BY_WORD[one] if isinstance(one, str) else one for name, one in read.columns.items()}
    faults = [*_column_faults(columns)]
    if read.anonymise is not None:
        faults += _anonymise_faults(read.anonymise, columns)
    if not columns and read.anonymise is None:
        faults.append(((), "it says nothing", "name every column under 'columns:'"))
    if faults:
        raise InputError([document.problem(*fault) for fault in faults])
    for name in read.anonymise.quasi if read.anonymise else ():
        columns.setdefault(name, Keep())
    return Plan(columns=columns, anonymise=read.anonymise, document=document)


def column_problems(plan: Plan, columns: tuple[str, ...], table: str) -> list[Problem]:
    """What is wrong with a plan for a table of these columns: those that it does not name, and the other way round."""
    found = []
    for name in plan.columns:
        if name not in columns:
            written = ("columns", name) if ("columns", name) in plan.document.lines else ("anonymise", "quasi")
            found.append(plan.document.problem(written, f"the table has no column '{name}'", nearest(name, columns)))
    open_ = [name for name in columns if name not in plan.columns]
    if open_:
        many = f"{len(open_)} columns of {table} are" if len(open_) > 1 else f"a column of {table} is"
        found.append(
            plan.document.problem(
                ("columns",), f"{many} not named: {', '.join(open_)}", "say what to do with each: keep, drop, ..."
            )
        )
    sensitive = plan.anonymise.sensitive if plan.anonymise else ""
    if sensitive and sensitive not in columns:
        fix = nearest(sensitive, columns)
        found.append(plan.document.problem(("anonymise", "sensitive"), f"the table has no column '{sensitive}'", fix))
    return found


_Fault: TypeAlias = tuple[PathKey, str, str]


def _column_faults(columns: dict[str, Action]) -> Iterator[_Fault]:
    for name, one in columns.items():
        at: PathKey = ("columns", name)
        if isinstance(one, Pseudonym) and not _DIGITS[0] <= one.digits <= _DIGITS[1]:
            yield (*at, "digits"), f"{one.digits} digits", "16 to 64: fewer would give two people one pseudonym"
        elif isinstance(one, Mask):
            yield from _mask_faults(one, at)
        elif isinstance(one, Generalise):
            yield from _generalise_faults(one, at)
        elif isinstance(one, Noise):
            if not one.scale > 0:
                yield (*at, "scale"), "noise of no size", "write a standard deviation above 0"
            if one.least is not None and one.most is not None and one.least >= one.most:
                yield (*at, "least"), "'least' is not below 'most'", ""
            if not 0 <= one.decimals <= 12:
                yield (*at, "decimals"), "decimals are 0 to 12", ""


def _mask_faults(one: Mask, at: PathKey) -> Iterator[_Fault]:
    if one.keep_first < 0 or one.keep_last < 0:
        yield at, "fewer than no characters cannot be kept", ""
    if len(one.with_) != 1:
        yield (*at, "with"), "a mask is one character", "for example '*'"
    if not 0 <= one.length <= 1000:
        yield (*at, "length"), "a length is 0 to 1000", ""


def _generalise_faults(one: Generalise, at: PathKey) -> Iterator[_Fault]:
    ways = {"bins": one.bins, "edges": one.edges, "date": one.date, "prefix": one.prefix, "mapping": one.mapping}
    given = [name for name, value in ways.items() if value not in (None, (), {})]
    if len(given) != 1:
        said = f"both {' and '.join(given)}" if given else "no way to make it coarser"
        yield at, said, f"give exactly one of: {', '.join(ways)}"
    if one.bins is not None and not one.bins > 0:
        yield (*at, "bins"), "a range has a width above 0", ""
    if any(low >= high for low, high in zip(one.edges, one.edges[1:], strict=False)):
        yield (*at, "edges"), "edges do not ascend", ""
    if one.prefix is not None and one.prefix < 0:
        yield (*at, "prefix"), "a prefix has 0 characters or more", ""
    if one.other is not None and not one.mapping:
        yield (*at, "other"), "'other' goes with a mapping only", ""


def _anonymise_faults(one: Anonymise, columns: dict[str, Action]) -> Iterator[_Fault]:
    at: PathKey = ("anonymise",)
    if not 1 <= len(one.quasi) <= _QUASI or len(set(one.quasi)) < len(one.quasi):
        yield (*at, "quasi"), f"name 1 to {_QUASI} columns, each once", ""
    if one.k < 2:
        yield (*at, "k"), f"k is {one.k}", "2 or more: with 1 everybody stands alone"
    if one.l < 1:
        yield (*at, "l"), "l is below 1", "1 asks for nothing, 2 for two different values"
    if one.t is not None and not 0 < one.t <= 1:
        yield (*at, "t"), "t is above 0 and at most 1", ""
    if not 0 <= one.suppress < 1:
        yield (*at, "suppress"), "a share is from 0 to below 1", "0.01 is one row in a hundred"
    if (one.l > 1 or one.t is not None) and not one.sensitive:
        yield at, "l and t are about a sensitive column, and none is named", "add 'sensitive:'"
    if one.sensitive in one.quasi:
        yield (*at, "sensitive"), "the sensitive column is among 'quasi'", "name it in one of them"
    for field in ("exact", "kinds", "hierarchies"):
        for name in getattr(one, field):
            if name not in one.quasi:
                place = (*at, field, *(() if field == "exact" else (name,)))
                yield place, f"'{name}' is not among 'quasi'", nearest(name, one.quasi)
    yield from _clashes(one, columns)


def _clashes(one: Anonymise, columns: dict[str, Action]) -> Iterator[_Fault]:
    for name in (*one.quasi, *((one.sensitive,) if one.sensitive else ())):
        action = columns.get(name)
        if isinstance(action, Drop | Noise):
            word = action.__struct_config__.tag
            yield (
                ("columns", name),
                f"'{word}' does not go with 'anonymise' on the same column",
                "keep it, or name others",
            )
    for name in one.hierarchies:
        if one.kinds.get(name, "category") != "category":
            yield ("anonymise", "hierarchies", name), "a hierarchy is for categories", f"remove '{name}' from 'kinds'"
