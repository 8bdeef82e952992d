"""Words whose letters were moved or exchanged: spaced out, written with digits, rotated, in Morse code, backwards."""

from __future__ import annotations

import codecs
import re
import string

from bartizan.detectors.encodings import morse

SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .*_/|~+-]{1,3}[^\W_](?![^\W_])){5,}+")
"""Single letters with the same few marks between them, at least six."""
LEET = re.compile(r"(?<![^\W_])[A-Za-z@$!|]{0,12}+(?:[0134578@$!|]{1,3}[A-Za-z]{1,12}){1,8}+[0134578@$]?(?![^\W_])")
"""A word with digits or marks between or before its letters."""
_LEET = str.maketrans("0134578@$!|", "oieastbasil")
_ROT13_SIGNS = ("vafgehpgvba", "cerivbhf", "vtaber", "flfgrz", "cebzcg", "cnffjbeq", "frperg")
"""'instruction', 'previous', 'ignore', 'system', 'prompt', 'password', 'secret' in rot13."""
_BACKWARDS_SIGNS = ("noitcurtsni", "suoiverp", "erongi", "tpmorp", "drowssap")
_MORSE = re.compile(r"(?:[.\-–—·•]{1,6}[ /|\n]{1,3}){12,}+[.\-–—·•]{0,6}")
_MORSE_LETTERS = {morse(letter).decode(): letter for letter in string.ascii_lowercase + string.digits}
_DASHES = str.maketrans("–—·•|\n", "--..  ")


_LEET_SIGNS = re.compile(
    "ignor|previous|instruct|system|prompt|passw|secret|disregard|overrid|reveal|forget|jailbr|restrict|bypass|token|rules"
)


def has_leet(odd: str) -> bool:
    """Whether the words that are no pure letters hold some that matter, written with digits."""
    leet = " ".join([found[0] for found in LEET.finditer(odd)])
    return bool(leet) and _LEET_SIGNS.search(unleet(leet).lower()) is not None


def unspaced(piece: str) -> str:
    """The letters in a row; where more than one mark stands between two, a word ends."""
    words = re.split(r"[ .*_/|~+-]{2,3}", piece)
    return " ".join(re.sub(r"[ .*_/|~+-]", "", word) for word in words)


def unleet(piece: str) -> str:
    """With digits and marks as the letters that they look like."""
    return piece.translate(_LEET)


def rot13_text(text: str, words: str) -> tuple[int, int, str] | None:
    """(start, end, plain) of a text that holds words in rot13; None where it does not.

    ``words``: its different words, in lower case, for this and those below.
    """
    if any(sign in words for sign in _ROT13_SIGNS):
        return 0, len(text), codecs.encode(text, "rot13")
    return None


def backwards_text(text: str, words: str) -> tuple[int, int, str] | None:
    """(start, end, plain) of a text that holds words written backwards; None where it does not."""
    if any(sign in words for sign in _BACKWARDS_SIGNS):
        return 0, len(text), text[::-1]
    return None


def morse_text(text: str, words: str) -> tuple[int, int, str] | None:
    """(start, end, plain) of the first piece in Morse code; None where there is none."""
    if text.count(".") + text.count("·") + text.count("•") < 4:
        return None  # each of them is in at most two and a half of these pairs
    if text.count(".-") + text.count("-.") + text.count("..") + text.count("·") + text.count("•") < 8:
        return None
    found = _MORSE.search(text)
    if found is None:
        return None
    coded = found[0].translate(_DASHES).split("/")
    plain = " ".join("".join(_MORSE_LETTERS.get(one, "") for one in word.split()) for word in coded)
    return (found.start(), found.end(), plain) if len(plain) >= 8 else None
