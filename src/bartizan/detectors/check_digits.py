"""Numbers that prove themselves: check digits of cards, accounts and national identity numbers."""

from __future__ import annotations

IBAN_LENGTH = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YK", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
"""Country -> characters in all (SWIFT IBAN registry)."""
_CARDS = {
    prefix: lengths
    for prefixes, lengths in {
        "4": (13, 16, 19), "34 37": (15,), "300 301 302 303 304 305 36 38 39": (14,), "35": (16,),
        "51 52 53 54 55": (16,), "22 23 24 25 26 27": (16,), "6": (16, 19),
    }.items()
    for prefix in prefixes.split()
}  # fmt: skip
"""First digits -> digits in all (ISO/IEC 7812 ranges of the large networks)."""
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"


def is_iban(text: str) -> bool:
    """ISO 13616: the country's length, and 1 modulo 97."""
    compact = text.replace(" ", "").upper()
    if IBAN_LENGTH.get(compact[:2]) != len(compact):
        return False
    return int("".join(str(int(one, 36)) for one in compact[4:] + compact[:4])) % 97 == 1


def is_card(digits: str) -> bool:
    """A payment card's prefix and length, and Luhn's sum (ISO/IEC 7812-1, annex B)."""
    lengths = _CARDS.get(digits[:3]) or _CARDS.get(digits[:2]) or _CARDS.get(digits[:1]) or ()
    if len(digits) not in lengths or len(set(digits)) < 4:
        return False
    doubled = [int(one) * (1 + i % 2) for i, one in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def is_pesel(digits: str) -> bool:
    """Poland: weights 1 3 7 9, and a month and day that exist."""
    if len(digits) != 11:
        return False
    total = sum(int(one) * weight for one, weight in zip(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), strict=True))
    return total % 10 == 0 and 1 <= int(digits[2:4]) % 20 <= 12 and 1 <= int(digits[4:6]) <= 31


def is_steuer_id(digits: str) -> bool:
    """Germany: ISO 7064 MOD 11,10; of the first ten digits one stands twice or three times, and the first is no 0."""
    if len(digits) != 11:
        return False
    counts = sorted(digits[:10].count(one) for one in set(digits[:10]))
    if digits[0] == "0" or counts[-1] not in {2, 3} or counts[-2] > 1:
        return False
    product = 10
    for one in digits[:10]:
        product = ((int(one) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def is_nir(digits: str) -> bool:
    """France: sex, year, month, ..., and 97 less the rest modulo 97."""
    return digits[0] in "12" and 1 <= int(digits[3:5]) <= 12 and 97 - int(digits[:13]) % 97 == int(digits[13:])


def is_dni(text: str) -> bool:
    """Spain, DNI and NIE: the letter is the number modulo 23."""
    number = text[:-1].replace("-", "").translate(str.maketrans("XYZ", "012"))
    return _DNI[int(number) % 23] == text[-1]


def is_nhs(digits: str) -> bool:
    """United Kingdom, NHS number: weights 10 to 2, modulo 11."""
    if len(digits) != 10:
        return False
    rest = 11 - sum(int(one) * (10 - i) for i, one in enumerate(digits[:9])) % 11
    return rest % 11 == int(digits[9]) and rest != 10


def is_bsn(digits: str) -> bool:
    """Netherlands: weights 9 to 2 and -1, modulo 11."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return len(digits) == 9 and sum(int(one) * w for one, w in zip(digits, weights, strict=True)) % 11 == 0
