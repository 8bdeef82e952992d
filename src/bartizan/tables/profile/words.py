"""What the name of a column tells: what its values are, who may be singled out by them, what the law protects most.

Words of English, German, French and Spanish. A name is a hint, never a proof: it is told as such.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from bartizan.detectors.sensitive.finder import find_sensitive

Hint: TypeAlias = Literal["quasi-identifier", "special category", ""]

_QUASI: Final = frozenset(
    """
    age alter edad sex gender geschlecht sexe sexo birth birthday birthdate dob geburtsdatum geburtstag
    naissance nacimiento born zip zipcode postcode postal plz codepostal city town stadt ort wohnort ville
    ciudad county region state district nationality nationalitat nationalite nacionalidad country citizenship
    profession occupation beruf job ocupacion employer arbeitgeber employeur education bildung ausbildung income
    einkommen salary gehalt revenu ingresos marital familienstand household haushalt children kinder enfants
    hijos
    """.split()  # noqa: SIM905  words are read best as text
)
_SPECIAL: Final = frozenset(
    """
    health gesundheit sante salud disease krankheit maladie enfermedad diagnosis diagnose diagnostic diagnostico
    icd medication medikament medicament disability behinderung handicap discapacidad religion konfession
    confession church kirche faith ethnicity ethnic ethnie etnia race rasse raza orientation sexuality
    sexualitat union gewerkschaft syndicat sindicato party partei politics politik political genetic genetik dna
    biometric fingerprint pregnant schwanger enceinte
    """.split()  # noqa: SIM905  words are read best as text
)
_PARTS: Final = re.compile(r"[a-z]+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def hint_of(name: str) -> Hint:
    """What the name of a column says; "" where it says nothing. A special category outranks."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", name[:200])).encode("ascii", "ignore").decode().lower()
    parts = _PARTS.findall(plain)
    words = {*parts, "".join(parts), *("".join(pair) for pair in pairwise(parts))}
    if words & _SPECIAL:
        return "special category"
    return "quasi-identifier" if words & _QUASI else ""


_PROBES: Final = ("Anna Schmidt", "Schmidt", "1980-02-03", "C01X00T47", "5551234", "12345678", "hunter2", "B-AB 1234")
"""Values that say nothing by themselves and much behind the right word."""


def is_telling(label: str) -> bool:
    """Whether a label makes personal data of values that are none by their form: "name: ", "date of birth: "."""
    return any(find_sensitive(label + probe) and not find_sensitive(f"x: {probe}") for probe in _PROBES)
