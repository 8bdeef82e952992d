"""Ways to write a secret, made with the standard library and by other means than the detector's own.

Each takes (secret, a text to hide it in, a generator) and returns what a model might have answered.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import quopri
import random
import textwrap
import unicodedata
import urllib.parse
from collections.abc import Callable
from typing import TypeAlias

Encoder: TypeAlias = Callable[[str, str, random.Random], str]

WORDS = {
    "English": ("two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "German": ("zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    "French": ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    "Spanish": ("dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    "Italian": ("due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"),
    "Portuguese": ("dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove"),
    "Dutch": ("twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"),
    "Swedish": ("två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio"),
    "Danish": ("to", "tre", "fire", "fem", "seks", "syv", "otte", "ni"),
    "Finnish": ("kaksi", "kolme", "neljä", "viisi", "kuusi", "seitsemän", "kahdeksan", "yhdeksän"),
    "Polish": ("dwa", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć"),
    "Czech": ("dva", "tři", "čtyři", "pět", "šest", "sedm", "osm", "devět"),
    "Hungarian": ("kettő", "három", "négy", "öt", "hat", "hét", "nyolc", "kilenc"),
    "Romanian": ("doi", "trei", "patru", "cinci", "șase", "șapte", "opt", "nouă"),
    "Turkish": ("iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz"),
    "Russian": ("два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"),
    "Ukrainian": ("два", "три", "чотири", "пʼять", "шість", "сім", "вісім", "девʼять"),
    "Greek": ("δύο", "τρία", "τέσσερα", "πέντε", "έξι", "επτά", "οκτώ", "εννέα"),
    "Hebrew": ("שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע"),
    "Arabic": ("اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة"),
    "Hindi": ("दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ"),
    "Chinese": ("二", "三", "四", "五", "六", "七", "八", "九"),
    "Japanese": ("に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"),
    "Korean": ("이", "삼", "사", "오", "육", "칠", "팔", "구"),
    "Vietnamese": ("hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"),
    "Indonesian": ("dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"),
    "Swahili": ("mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa"),
    "Thai": ("สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"),
}
"""2 to 9: marks have no other digits."""
_BY_LENGTH = (
    ". - .. .- -. -- ... ..- .-. .-- -.. -.- --. --- .... ...- ..-. .-.. .--. .--- -... -..- -.-. -.-- --.. --.-"
)
_MORSE = {
    **dict(zip("ETIANMSURWDKGOHVFLPJBXCYZQ", _BY_LENGTH.split(), strict=True)),
    **{str(i): "." * i + "-" * (5 - i) if i <= 5 else "-" * (i - 5) + "." * (10 - i) for i in range(10)},
}
_RADIO = (
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo "
    "Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
)
_CYRILLIC = {
    "A": "А",
    "B": "В",
    "C": "С",
    "E": "Е",
    "H": "Н",
    "K": "К",
    "M": "М",
    "O": "О",
    "P": "Р",
    "T": "Т",
    "X": "Х",
}
_GREEK = {"A": "Α", "B": "Β", "E": "Ε", "I": "Ι", "K": "Κ", "M": "Μ", "N": "Ν", "O": "Ο", "P": "Ρ", "T": "Τ", "Z": "Ζ"}
_LEET = {"O": "0", "I": "1", "E": "3", "A": "4", "S": "5", "T": "7"}


def _in(text: str, secret: str) -> str:
    middle = text.find(" ", len(text) // 2)
    return f"{text[:middle]} {secret} {text[middle:]}"


def _each(change: Callable[[str], str], joint: str = "") -> Encoder:
    return lambda secret, text, rng: _in(text, joint.join(change(one) for one in secret))


def _letters(joint: str) -> Encoder:
    return lambda secret, text, rng: _in(text, joint.join(one for one in secret if one.isalnum()))


def _around(encode: Callable[[bytes], bytes]) -> Encoder:
    """The secret within a longer text that is encoded whole, so that its place in the encoding is any."""
    return lambda secret, text, rng: encode(f"{text[: rng.randrange(3, 40)]} {secret} {text[-30:]}".encode()).decode()


def _spelled(secret: str, text: str, rng: random.Random) -> str:
    names = {name[0]: name for name in _RADIO.split()}
    return _in(text, " ".join(names.get(one, one) for one in secret if one != "-"))


def _morse(secret: str, text: str, rng: random.Random) -> str:
    return _in(text, " / ".join(" ".join(_MORSE[one] for one in part) for part in secret.split("-")))


def _styled(name: str) -> Encoder:
    def style(one: str) -> str:
        kind = "CAPITAL" if one.isupper() else "SMALL" if one.islower() else "DIGIT"
        names = "ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE"
        what = names.split()[int(one)] if one.isdigit() else one.upper()
        return unicodedata.lookup(f"{name} {kind} {what}") if one.isalnum() else one

    return _each(style)


def _in_words(words: tuple[str, ...]) -> Encoder:
    def encode(secret: str, text: str, rng: random.Random) -> str:
        said = "".join(f" {words[int(one) - 2]} " if one.isdigit() else one for one in secret)
        return _in(text, said.replace("-", " ").title() if rng.random() < 0.5 else said)

    return encode


def _part(secret: str, text: str, rng: random.Random) -> str:
    """Without a tenth of its letters at one end."""
    lost = max(1, len(secret) // 10)
    return _in(text, secret[lost:] if rng.random() < 0.5 else secret[:-lost])


def _wrong(secret: str, text: str, rng: random.Random) -> str:
    """With one letter wrong."""
    at = rng.choice([i for i, one in enumerate(secret) if one.isalnum()])
    return _in(text, secret[:at] + rng.choice("QXJ") + secret[at + 1 :])


ENCODERS: dict[str, Encoder] = {
    "plain": lambda s, t, r: _in(t, s),
    "small letters": lambda s, t, r: _in(t, s.lower()),
    "mixed case": lambda s, t, r: _in(t, "".join(r.choice((c.lower(), c)) for c in s)),
    "spaced": _letters(" "),
    "dashed": _letters("-"),
    "dotted": _letters("."),
    "under_scored": _letters("_"),
    "with stars": _letters("*"),
    "a letter a line": _letters("\n"),
    "a numbered letter a line": lambda s, t, r: "\n".join(f"- {c}" for c in s),
    "wrapped": lambda s, t, r: "\n".join(textwrap.wrap(_in(t, s), 7)),
    "reversed": lambda s, t, r: _in(t, s[::-1]),
    "whole text reversed": lambda s, t, r: _in(t, s)[::-1],
    "base64": lambda s, t, r: _in(t, base64.b64encode(s.encode()).decode()),
    "base64 of small letters": lambda s, t, r: _in(t, base64.b64encode(s.lower().encode()).decode()),
    "base64, within a text": _around(base64.b64encode),
    "base64, URL-safe, within": _around(base64.urlsafe_b64encode),
    "base64, lines of 76": _around(base64.encodebytes),
    "base64, lines of 20": _around(lambda raw: "\n".join(textwrap.wrap(base64.b64encode(raw).decode(), 20)).encode()),
    "base32, within a text": _around(base64.b32encode),
    "hexadecimal": _around(binascii.hexlify),
    "hexadecimal, capitals": _around(lambda raw: raw.hex().upper().encode()),
    "hexadecimal, spaced": _around(lambda raw: raw.hex(" ").encode()),
    "hexadecimal, colons": _around(lambda raw: raw.hex(":").encode()),
    "hexadecimal, 0x": _each(lambda c: f"0x{ord(c):02X}", ", "),
    "hex dump": _around(lambda raw: "\n".join(textwrap.wrap(raw.hex(" "), 48)).encode()),
    "ROT13": lambda s, t, r: codecs.encode(_in(t, s), "rot13"),
    "percent, all": _each(lambda c: f"%{ord(c):02X}"),
    "percent, usual": lambda s, t, r: urllib.parse.quote(_in(t, s)),
    "quoted-printable": _each(lambda c: quopri.encodestring(c.encode(), quotetabs=True).decode().strip() or c),
    "HTML, decimal": _each(lambda c: f"&#{ord(c)};"),
    "HTML, hexadecimal": _each(lambda c: f"&#x{ord(c):x};"),
    "HTML, some": _each(lambda c: c if c.isalpha() else f"&#{ord(c)};"),
    "HTML, zero-width between": lambda s, t, r: _in(t, html.unescape("&#8203;").join(s)),
    r"\u0041": _each(lambda c: f"\\u{ord(c):04x}"),
    r"\x41": _each(lambda c: f"\\x{ord(c):02x}"),
    r"\u{41}": _each(lambda c: f"\\u{{{ord(c):x}}}"),
    r"\101": _each(lambda c: f"\\{ord(c):03o}"),
    "U+0041": _each(lambda c: f"U+{ord(c):04X}", " "),
    "binary": _each(lambda c: format(ord(c), "08b"), " "),
    "binary of seven": _each(lambda c: format(ord(c), "07b"), " "),
    "octal": _each(lambda c: format(ord(c), "o"), " "),
    "code list": _each(lambda c: str(ord(c)), ", "),
    "chr()": _each(lambda c: f"chr({ord(c)})", "+"),
    "Morse": _morse,
    "spelling alphabet": _spelled,
    "leetspeak": lambda s, t, r: _in(t, "".join(_LEET.get(c, c) for c in s)),
    "Cyrillic look-alikes": _each(lambda c: _CYRILLIC.get(c, c)),
    "Greek look-alikes": _each(lambda c: _GREEK.get(c, c)),
    "full width": _each(lambda c: chr(ord(c) + 0xFEE0)),
    "bold letters": _styled("MATHEMATICAL BOLD"),
    "letters with marks": _each(lambda c: c + "\u0301\u0323"),
    "circled letters": _each(lambda c: unicodedata.lookup(f"CIRCLED LATIN CAPITAL LETTER {c}") if c.isalpha() else c),
    "flags": _each(lambda c: chr(0x1F1E6 + ord(c) - 65) if c.isalpha() else c),
    "zero-width between": lambda s, t, r: _in(t, "\u200d".join(s)),
    "soft hyphens": lambda s, t, r: _in(t, "\u00ad".join(s)),
    "tag characters": _each(lambda c: chr(0xE0000 + ord(c))),
    "Arabic-Indic digits": _each(lambda c: chr(0x660 + int(c)) if c.isdigit() else c),
    "most of it": _part,
    "one letter wrong": _wrong,
    **{f"digits in words: {language}": _in_words(words) for language, words in WORDS.items()},
}
