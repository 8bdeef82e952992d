"""What licences ask of whoever uses a part, by name; a small table, not all of the list, and no legal advice.

Licences that are not here are of no known kind, which is an answer: nothing is concluded from them.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from bartizan.supply.bom.licences import Licence, Term

Demand: TypeAlias = Literal[
    "permissive", "weak_copyleft", "copyleft", "network_copyleft", "share_alike", "non_commercial", "no_derivatives",
    "use_restricted", "proprietary",
]  # fmt: skip

_ROWS: Final[tuple[tuple[str, tuple[Demand, ...]], ...]] = (
    (r"cc-by-nc-nd-.*", ("non_commercial", "no_derivatives")),
    (r"cc-by-nc-sa-.*", ("non_commercial", "share_alike")),
    (r"cc-by-nc-.*|cc-by-nc", ("non_commercial",)),
    (r"cc-by-nd-.*", ("no_derivatives",)),
    (r"cc-by-sa-.*|cdla-sharing-.*|odbl-.*|gfdl-.*", ("share_alike",)),
    (r"agpl-.*|sspl-.*", ("network_copyleft",)),
    (r"lgpl-.*|mpl-.*|epl-.*|cddl-.*|eupl-.*|lgpllr", ("weak_copyleft",)),
    (r"gpl-.*", ("copyleft",)),
    (r"polyform-noncommercial-.*|prosperity-.*", ("non_commercial",)),
    (r".*noncommercial.*|.*non-commercial.*|.*research[- ]only.*", ("non_commercial",)),
    (r".*\bopenrail\b.*|.*-rail-.*|.*\brail\b.*|.*openrail.*|bigscience-.*|bigcode-.*", ("use_restricted",)),
    (r"llama[ -]?[23].*|gemma.*|.*-community(?:-license)?", ("use_restricted",)),
    (r"busl-.*|elastic-.*|polyform-.*", ("use_restricted",)),
    (r"proprietary|commercial|all rights reserved|licenseref-proprietary.*", ("proprietary",)),
    (
        r"apache-.*|mit(?:-0|-modern-variant)?|bsd-[0-3]-clause.*|0bsd|isc|zlib|bsl-1\.0|psf-2\.0|python-2\.0|hpnd"
        r"|unlicense|cc0-1\.0|cc-by-[0-9].*|pddl-.*|odc-by-.*|cdla-permissive-.*|wtfpl|ncsa|artistic-2\.0|afl-3\.0"
        r"|ecl-2\.0|openmdw-.*|ms-pl|postgresql|blueoak-.*|upl-1\.0",
        ("permissive",),
    ),
)
"""(pattern of the whole name in lower case, what it asks), asked in this order."""


def demands_of(name: str) -> frozenset[Demand]:
    """What a licence of this name asks; nothing for one that the table does not have."""
    low = name.lower().removesuffix("+")
    return next((frozenset(asks) for pattern, asks in _ROWS if re.fullmatch(pattern, low)), frozenset())


def ways_of(licence: Licence) -> tuple[frozenset[Demand], ...]:
    """What each way to satisfy a licence asks; () where nothing is known of it.

    A way with a part that nobody knows is no known way, for that part may ask for more. A GPL with an exception for
    linking, such as Classpath's, is taken as a weak copyleft.
    """
    if not licence.expression:
        one = demands_of(licence.declared.strip())
        return (one,) if one else ()
    found = []
    for way in licence.ways:
        asks = [_of_term(term) for term in way]
        if all(asks):
            found.append(frozenset[Demand]().union(*asks))
    return tuple(found)


def _of_term(term: Term) -> frozenset[Demand]:
    asks = demands_of(term.licence)
    return frozenset({"weak_copyleft"}) if term.exception and "copyleft" in asks else asks
