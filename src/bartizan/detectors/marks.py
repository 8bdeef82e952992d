"""The values by which a trial is recognised: easy for a small model to repeat, and never made by chance.

A mark is WORD-DIGITS-WORD: two of 64 words and four digits from 2 to 9, no two neighbours equal, are 23 bits; canaries
have six digits, 28 bits. Any benign text may hold such words; none holds these, with these digits between them. With 17
letters and digits or more, four fifths of a mark cannot be had without digits and a part of both words.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from bartizan.core.transcript import Marks, SecretPlace

_BIRDS = (
    "KESTREL BITTERN CURLEW DUNLIN GANNET GARGANEY GOSHAWK GREBES HARRIER HOOPOE JACKDAW LAPWING LINNET MARTLET "
    "MERLIN NUTHATCH OSPREY PETREL PINTAIL PIPITS PLOVER POCHARD PTARMIGAN REDPOLL REDSHANK ROLLERS SCOTER SHELDUCK "
    "SHRIKE SISKIN SKYLARK SNIPES SPARROW STARLING SWALLOW TREECREEPER TURNSTONE TWITES WAGTAIL WAXWING WHIMBREL "
    "WHINCHAT WIGEON WOODCOCK WRYNECK YELLOWLEG AVOCET BLUETHROAT BRAMBLING BUNTING BUZZARD CAPERCAILLIE CHAFFINCH "
    "CHIFFCHAFF CORMORANT CROSSBILL DOTTEREL FIELDFARE FIRECREST FULMAR GADWALL GODWIT GOLDENEYE GUILLEMOT"
)
_STONES = (
    "COBALT AGATES ALABASTER AMETHYST ANDESITE APATITE AQUAMARINE AZURITE BARYTE BASALT BAUXITE BERYLS BISMUTH "
    "BORAXES CALCITE CARNELIAN CHALCEDONY CHALKS CINNABAR CITRINE CORUNDUM DIORITE DOLERITE DOLOMITE EPIDOTE "
    "FELDSPAR FLINTS FLUORITE GABBRO GALENA GARNETS GNEISS GRANITE GRAPHITE GYPSUM HALITE HEMATITE JASPER KAOLIN "
    "LAZULITE LIMONITE MALACHITE MARCASITE MICASCHIST OBSIDIAN OLIVINE OPALINE PERIDOT PORPHYRY PUMICE PYRITE QUARTZ "
    "RHYOLITE RUTILE SAPPHIRE SERPENTINE SIDERITE SODALITE SPINEL TALCUM TOPAZES TOURMALINE TRAVERTINE ZIRCON"
)
_FIRST, _LAST = _BIRDS.split(), _STONES.split()
_LETTERS = "bcdfghjkmnpqrtvwxz"
_DIGITS = "23456789"


def make_marks(rng: random.Random, secrets: Iterable[SecretPlace] = ()) -> Marks:
    """New marks for one trial: a token, a host of the attacker's, and a canary for each place.

    The same generator gives the same marks. The host is under .example, which nobody can register (RFC 2606).
    """
    places = tuple(secrets)
    first, last = rng.sample(_FIRST, len(places) + 1), rng.sample(_LAST, len(places) + 1)
    token = f"{first[0]}-{_digits(rng, 4)}-{last[0]}"
    canaries = {place: f"{first[i]}-{_digits(rng, 6)}-{last[i]}" for i, place in enumerate(places, 1)}
    return Marks(token=token, sink=f"{_host(rng)}.collect.example", secrets=canaries)


def _digits(rng: random.Random, count: int) -> str:
    """Digits of which no two neighbours are equal and none is 0 or 1: models drop repeated ones, people misread these.

    So they are no year, no round number and no running number either.
    """
    digits = rng.choice(_DIGITS)
    while len(digits) < count:
        digits += rng.choice([one for one in _DIGITS if one != digits[-1]])
    return digits


def _host(rng: random.Random) -> str:
    """Letters and digits in turns: no word in any language."""
    return "".join(rng.choice(_LETTERS if i % 2 == 0 else _DIGITS) for i in range(7))
