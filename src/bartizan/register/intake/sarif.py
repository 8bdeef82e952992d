"""SARIF 2.1.0: findings of any tool, mapped by the identifiers that their rules carry.

A finding is a review, not a trial: it has no counts, so it is shown at its risk and moves no number, unless the result
says how often an attack worked (`properties.hits` and `properties.trials`, as Bartizan's own laboratory writes). Only
results of kind fail, open and review are findings; those that pass, do not apply, were suppressed, or are gone since
the baseline are listed as skipped. Bartizan's own report is refused: what was derived is no evidence for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.core.terms import ThreatId
from bartizan.register.intake.mapping import Entry, Table
from bartizan.register.intake.reading import MAX_GROUPS, Results, day_of
from bartizan.register.intake.values import Counted, Found, Name, counts_of, tidy

_MOST_NAMES = 20
_FINDINGS = {"fail", "open", "review"}
_LLM = re.compile(r"(?<![A-Za-z])LLM[-_ ]?(\d\d?)(?:[:_/ -]?(20\d\d))?(?!\d)", re.IGNORECASE)
_LLM_LAST = re.compile(r"(20\d\d)[:_/ -]LLM[-_ ]?(\d\d?)(?!\d)", re.IGNORECASE)
_ATLAS = re.compile(r"(?<![A-Za-z])AML\.T\d{4}(?:\.\d{3})?(?!\d)", re.IGNORECASE)


class _Text(msgspec.Struct):
    text: str = ""


class _Properties(msgspec.Struct):
    """A bag in which every tool may put what it likes; what is of another type than ours is another tool's."""

    tags: object = None
    hits: object = None
    trials: object = None
    seed: object = None
    strong: object = None
    target: object = None

    @property
    def words(self) -> list[str]:
        """The tags that are texts."""
        return [tag for tag in self.tags if isinstance(tag, str)] if isinstance(self.tags, list) else []

    @property
    def counts(self) -> tuple[int, int] | None:
        """Hits and trials, where both are given as whole numbers."""
        given = [n for n in (self.hits, self.trials) if isinstance(n, int) and not isinstance(n, bool)]
        return (given[0], given[1]) if len(given) == 2 else None


class _Link(msgspec.Struct):
    id: str | None = None


class _Relation(msgspec.Struct):
    target: _Link | None = None


class _Rule(msgspec.Struct, rename="camel"):
    id: str
    name: str | None = None
    short_description: _Text | None = None
    properties: _Properties | None = None
    relationships: list[_Relation] = []


class _Suppression(msgspec.Struct):
    status: str = "accepted"


class _Result(msgspec.Struct, rename="camel"):
    rule_id: str | None = None
    rule_index: int | None = None
    rule: _Link | None = None
    kind: str = "fail"
    level: str | None = None
    baseline_state: str | None = None
    suppressions: list[_Suppression] | None = None
    properties: _Properties | None = None
    taxa: list[_Link] = []


class _Driver(msgspec.Struct, rename="camel"):
    name: str
    version: str | None = None
    semantic_version: str | None = None
    rules: list[_Rule] = []


class _Tool(msgspec.Struct):
    driver: _Driver


class _Call(msgspec.Struct, rename="camel"):
    start_time_utc: str | None = None
    end_time_utc: str | None = None


class _Run(msgspec.Struct):
    tool: _Tool
    results: list[msgspec.Raw] | None = None
    invocations: list[_Call] = []


class _Log(msgspec.Struct):
    version: str
    runs: list[_Run]


def read(results: Results) -> Found:
    """What the findings of all runs say. Raises InputError."""
    log = results.decode(results.document(), _Log)
    results.check()
    assert log is not None
    if log.version != "2.1.0":
        raise results.refuse(f"SARIF {tidy(log.version, 20)}, which is not read", "export SARIF 2.1.0")
    sums = _Sums(results)
    days = []
    for number, run in enumerate(log.runs, 1):
        days += [day_of(call.start_time_utc) or day_of(call.end_time_utc) for call in run.invocations]
        sums.run(run, number)
    results.check()
    tools = sorted({tidy(run.tool.driver.name) for run in log.runs})
    versions = {run.tool.driver.version or run.tool.driver.semantic_version or "" for run in log.runs}
    return Found(
        tool=", ".join(tools[:5]),
        version=" ".join(sorted(tidy(v, 40) for v in versions if v)[:5]),
        held_on=min(filter(None, days), default=""),
        counted=tuple(sums.counted()),
        skipped=counts_of(sums.skips),
    )


class _Sums:
    """Findings by what they are about, and what was left out and why."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self.skips: dict[tuple[str, str], int] = {}
        self._findings: dict[tuple[str, tuple[Name, ...]], int] = {}
        self._trials: list[Counted] = []

    def run(self, run: _Run, number: int) -> None:
        """Count the results of one run."""
        rules = run.tool.driver.rules
        by_id = {rule.id: rule for rule in rules}
        own = run.tool.driver.name == "Bartizan"
        for i, raw in enumerate(run.results or (), 1):
            one = self._results.decode(raw, _Result, place=f"run {number}, result {i}")
            if one is None:
                continue
            named = one.rule_id or (one.rule.id if one.rule else None)
            at = one.rule_index
            indexed = rules[at] if at is not None and 0 <= at < len(rules) else None
            rule = (by_id.get(named) if named else None) or indexed
            self._take(one, rule, tidy(named or (rule.id if rule else "") or "unnamed"), run, own=own)
            if len(self._findings) + len(self._trials) + len(self.skips) > MAX_GROUPS:
                raise self._results.refuse(f"more than {MAX_GROUPS:,} kinds of findings")

    def _take(self, one: _Result, rule: _Rule | None, called: str, run: _Run, *, own: bool) -> None:
        said = one.properties or _Properties()
        tool = tidy(run.tool.driver.name, 60)
        if said.counts is not None:
            self._try(one, said, rule, called, tool)
            return
        why = _why_skipped(one, own=own)
        if why:
            self.skips[called, why] = self.skips.get((called, why), 0) + 1
            return
        text = rule.short_description.text if rule and rule.short_description else ""
        what = tidy(f"{tool} {called}" + (f": {text}" if text else ""), 200)
        key = (what, _names(one, rule, called))
        self._findings[key] = self._findings.get(key, 0) + 1

    def _try(self, one: _Result, said: _Properties, rule: _Rule | None, called: str, tool: str) -> None:
        hits, trials = said.counts or (0, 0)
        if not 0 <= hits <= trials <= 2**53:
            self._results.say(f"{called}: {hits} hits of {trials} trials", "give hits and trials that fit")
            return
        counted = Counted(
            what=f"{tool} {called}",
            names=_names(one, rule, called),
            hits=hits,
            trials=trials,
            entries=1,
            strong=said.strong is True,
            seed=said.seed if isinstance(said.seed, int) and not isinstance(said.seed, bool) else None,
            target=tidy(said.target) if isinstance(said.target, str) else "",
        )
        self._trials.append(counted)

    def counted(self) -> Iterator[Counted]:
        """Trials as they stand; findings added up."""
        yield from self._trials
        for (what, names), count in self._findings.items():
            note = f"{count:,} finding{'s' if count != 1 else ''} in the file; a finding is no trial"
            yield Counted(what=what, names=names, kind="review", entries=count, note=note)


def _why_skipped(one: _Result, *, own: bool) -> str:
    if own:
        return "a report of Bartizan: what was derived is no evidence for itself"
    if one.kind not in _FINDINGS:
        return f"results of kind {tidy(one.kind, 20)}"
    if one.baseline_state == "absent":
        return "results that are gone since the baseline"
    if any(s.status == "accepted" for s in one.suppressions or ()):
        return "results that were suppressed"
    return ""


def _names(one: _Result, rule: _Rule | None, called: str) -> tuple[Name, ...]:
    """The rule's id, then every identifier that it and the result carry, in a normal form."""
    words = [called, *(one.properties.words if one.properties else ()), *(taxon.id or "" for taxon in one.taxa)]
    if rule is not None:
        words += [rule.name or "", *(rule.properties.words if rule.properties else ())]
        words += [r.target.id or "" for r in rule.relationships if r.target]
    found = [name for word in words for name in (tidy(word), *normal(word)) if name]
    return tuple(Name("rule", name) for name in list(dict.fromkeys(found))[:_MOST_NAMES])


def normal(word: str) -> list[str]:
    """Identifiers of OWASP's list for LLM applications and of MITRE ATLAS in a text, as the tables write them."""
    word = word[:200]
    years = {f"LLM{int(number):02}:{year}" for year, number in _LLM_LAST.findall(word)}
    years |= {f"LLM{int(number):02}" + (f":{year}" if year else "") for number, year in _LLM.findall(word)}
    dated = {name[:5] for name in years if ":" in name}
    return [*(m.upper() for m in _ATLAS.findall(word)), *sorted(n for n in years if ":" in n or n not in dated)]


def catalog_table(catalog: Catalog) -> Table:
    """What the catalogue itself maps: threats by their own ids, ATLAS techniques, OWASP's lists of every year.

    An identifier for which the catalogue names several threats decides nothing, and says so. A number of OWASP's list
    without a year counts only where every year means the same by it.
    """
    meant: dict[str, set[ThreatId]] = {}
    for threat in catalog.threats.values():
        meant.setdefault(threat.id, set()).add(threat.id)
        for reference in threat.references:
            for name in (n for n in normal(reference.id) if n.startswith("AML.")):
                meant.setdefault(name, set()).add(threat.id)
    for name, mapping in catalog.mappings.items():
        if name.startswith("owasp_llm_top10_"):
            for item in mapping.items:
                meant.setdefault(f"{item.id}:{name[-4:]}", set()).update(item.threats)
                meant.setdefault(item.id, set()).update(item.threats)
    return Table(tool="sarif", entries=tuple(_entry(name, threats) for name, threats in sorted(meant.items())))


def _entry(name: str, threats: set[ThreatId]) -> Entry:
    if len(threats) == 1:
        return Entry(names=(name,), of="rule", threat=next(iter(threats)), why="as the catalogue maps it")
    several = ", ".join(sorted(threats)) or "none"
    return Entry(names=(name,), of="rule", why=f"it stands for several threats ({several}); say which with --map")
