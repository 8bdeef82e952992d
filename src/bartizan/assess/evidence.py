"""What evidence may do to a rating, and each piece of it as it stands on the day of the assessment.

Raising is free, lowering is not. The rules:

1. Evidence that something **holds in the future**, or that counted nothing, changes nothing and says so.
2. **About a risk, on the bare target** (no controls in front): its interval is turned into two scores of
   susceptibility, one for each end, by the scales. Where the low end scores above the factor, the factor rises to it:
   also when the piece is stale or its target has changed. It stays there until newer evidence lowers it.
3. It **lowers** the factor to the score of the high end only where it is fresh, marked strong, its interval no wider
   than the scales allow, and made on exactly what stands there now (`Evidence.matches`; what is not known does not
   match). Only the newest such piece counts; it also supersedes what older pieces raised. What raises on the same day
   or later wins.
4. **About a risk, with controls in front**: it judges those controls at that risk. Where the low end scores above what
   counts as holding, they take nothing off the likelihood there and count as not verified. Where the piece may lower
   (rule 3), the high end scores as holding and all of them are in place, they count as verified there. What fails on
   the same day or later wins. A control that is not in place, or takes nothing off a likelihood, is not measured.
5. **About a control**: where the newest found it failing, fresh or not, the control counts as planned at most, whatever
   is declared. Where it is fresh and found it working (on what stands there now, if it names digests), a control that
   is implemented counts as verified; at its component, or everywhere where it names none.

`measured` applies rules 2 and 3, `holding` rule 4, `proved` rule 5; `body` brings them together. The property tests
hold that no piece which may not lower ever lowers an inherent or a current level, and that the order of pieces does not
matter.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

import msgspec

from bartizan.assess.attempts import attempts, is_counted, leaves_open
from bartizan.catalog.scales import EvidenceScale
from bartizan.core.dates import in_words, is_date
from bartizan.core.digest import sha256_in
from bartizan.core.evidence import Evidence, Freshness
from bartizan.core.interval import wilson
from bartizan.core.records import EvidenceEffect, EvidenceUse
from bartizan.core.terms import SYSTEM, ComponentId, risk_id
from bartizan.system.graph import System
from bartizan.system.renames import new_names

AGAIN = "test again"


class Piece(msgspec.Struct, frozen=True):
    """A piece of evidence as it stands today."""

    seen: Evidence
    risk: str
    """The risk by its id of today; empty where it is about a control."""
    component: ComponentId
    """Where it was made, by the id of today; the system as a whole where it names no component."""
    known: bool
    """Whether that place is part of the system as it is described."""
    standing: Freshness
    void: str
    """Why it says nothing at all; empty where it does."""
    lacks: tuple[str, ...]
    """What keeps it from lowering anything; none where it may."""
    low: int = 1
    """The score of the low end of its interval."""
    high: int = 5
    """The score of the high end."""

    @property
    def on(self) -> str:
        """The day on which it held."""
        return self.seen.held_on

    @property
    def name(self) -> str:
        """What to call it where another piece refers to it."""
        return self.seen.id or f"that of {in_words(self.on)}"

    @property
    def lowers(self) -> bool:
        """Whether it may lower anything."""
        return not self.void and not self.lacks

    @property
    def tells(self) -> str:
        """What was counted, of how many, when; marked where it is no longer fresh."""
        text = attempts(self.seen) if self.risk else in_words(self.on)
        return text if self.standing == "fresh" else f"{text}; stale: {AGAIN}"

    @property
    def reservations(self) -> str:
        """What keeps it from lowering anything, in a line."""
        return "; ".join(self.lacks)

    def use(self, effect: EvidenceEffect, why: str) -> EvidenceUse:
        """What it did."""
        return EvidenceUse(id=self.seen.id, what=self.seen.what, on=self.on, effect=effect, why=why)


def pieces(evidence: Iterable[Evidence], system: System, scale: EvidenceScale, today: str) -> list[Piece]:
    """Every piece as it stands today, the oldest first; in the same order whatever the order they come in."""
    names = new_names(system)
    found = [_piece(_completed(seen, scale), system, names, scale, today) for seen in evidence]
    return sorted(found, key=_age)


def _age(piece: Piece) -> tuple[str, int, int, str, bytes]:
    """Older first; of one day that last which says the worse, so that it is the one that counts as the newest."""
    return piece.on, piece.high, piece.low, piece.seen.id, msgspec.json.encode(piece.seen, order="sorted")


def _completed(seen: Evidence, scale: EvidenceScale) -> Evidence:
    """The evidence with its last day, where it names none, and its digests as bare digits."""
    until = seen.valid_until or _later(seen.held_on, scale.valid_days.value)
    digests = {name: sha256_in(digest) or digest for name, digest in seen.digests.items()}
    return msgspec.structs.replace(seen, valid_until=until, digests=digests)


def _later(day: str, days: int) -> str:
    if not is_date(day):
        return day
    try:
        return (datetime.date.fromisoformat(day) + datetime.timedelta(days)).isoformat()
    except OverflowError:
        return datetime.date.max.isoformat()


def _piece(
    seen: Evidence, system: System, names: dict[ComponentId, ComponentId], scale: EvidenceScale, today: str
) -> Piece:
    threat, _, where = seen.risk.partition("@")
    place = ComponentId(where if seen.risk else seen.component or SYSTEM)
    place = place if place in system.components else names.get(place, place)
    there = system.components.get(place)
    now = there.digests if there else {}
    standing = seen.freshness(today, now)
    low, high = _ends(seen)
    return Piece(
        seen=seen,
        risk=risk_id(threat, place) if seen.risk else "",
        component=place,
        known=there is not None or place == SYSTEM,
        standing=standing,
        void=_void(seen, standing),
        lacks=tuple(_lacks(seen, standing, now, scale)),
        low=scale.score(low),
        high=scale.score(high),
    )


def _ends(seen: Evidence) -> tuple[float, float]:
    return wilson(*seen.counts) if seen.counts and is_counted(seen) else (0.0, 1.0)


def _void(seen: Evidence, standing: Freshness) -> str:
    if not is_date(seen.held_on):
        return "it does not say on which day it held"
    if standing == "future":
        return f"it holds from {in_words(seen.held_on)} on, which is still to come"
    if seen.risk:
        return "" if is_counted(seen) else "nothing was counted, so nothing is known of how often it succeeds"
    return "it does not say whether the control was found working" if seen.passed is None else ""


def _lacks(seen: Evidence, standing: Freshness, now: dict[str, str], scale: EvidenceScale) -> Iterator[str]:
    if standing == "stale":
        yield f"expired on {in_words(seen.valid_until)}: {AGAIN}"
    if standing == "outdated":
        yield f"the target has changed since: {AGAIN}"
    elif seen.digests and not seen.matches(now):
        yield "what stands there now is not known: give its digests in the description"
    if not seen.risk:
        return
    if not seen.digests:
        yield "it does not name what it was made on by digests"
    if not seen.strong:
        yield "the attack is not marked strong"
    low, high = _ends(seen)
    if high - low > scale.narrow.value:
        yield f"interval too wide: {leaves_open(seen)}"
