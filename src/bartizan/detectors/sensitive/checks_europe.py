"""Check digits of Europe's national numbers. All take letters and digits alone, of the right shape."""

from __future__ import annotations

from bartizan.detectors.check_digits import is_nir
from bartizan.detectors.sensitive.checks import is_day, is_luhn, is_mod_11_10, is_varied, weighed

_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10,
    22, 25, 24, 23), strict=True))  # fmt: skip
_PPS = "WABCDEFGHIJKLMNOPQRSTUV"


def is_nino(text: str) -> bool:
    """United Kingdom, National Insurance: prefixes that are given out, and a suffix A to D."""
    first, second = text[0], text[1]
    barred = first in "DFIQUV" or second in "DFIQUVO" or text[:2] in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    return not barred and text[-1] in "ABCD"


def is_codice_fiscale(text: str) -> bool:
    """Italy: month letter, day (women's plus 40), and the control letter of DM 23/12/1976."""
    if text[8] not in "ABCDEHLMPRST" or not 1 <= int(text[9:11]) % 40 <= 31:
        return False
    total = sum(
        _ODD[one] if place % 2 == 0 else int(one, 36) if one.isdigit() else ord(one) - 65
        for place, one in enumerate(text[:15])
    )
    return chr(65 + total % 26) == text[15]


def is_corsican_nir(text: str) -> bool:
    """France, born in Corsica: 2A counts as 19, 2B as 18."""
    return text[5] == "2" and text[6] in "AB" and is_nir(text.replace("2A", "19").replace("2B", "18"))


def is_rrn(digits: str) -> bool:
    """Belgium: 97 less the rest of the first nine modulo 97, with a 2 before them from birth year 2000."""
    last = int(digits[9:])
    return int(digits[2:4]) % 20 <= 12 and last in {97 - int(digits[:9]) % 97, 97 - int("2" + digits[:9]) % 97}


def is_personnummer(digits: str) -> bool:
    """Sweden: Luhn over ten digits; a coordination number's day is 60 more."""
    ten = digits[-10:]
    return is_day(ten[2:4], f"{int(ten[4:6]) % 60:02}") and is_luhn(ten) and is_varied(ten)


def is_hetu(text: str) -> bool:
    """Finland: date, and a control character modulo 31."""
    digits = text[:6] + text[-4:-1]
    return is_day(text[2:4], text[:2]) and int(text[-4:-1]) >= 2 and _HETU[int(digits) % 31] == text[-1]


def is_cpr(digits: str) -> bool:
    """Denmark: a date; since 2007 the modulus is not kept."""
    return is_day(digits[2:4], digits[:2]) and is_varied(digits)


def is_nif(digits: str) -> bool:
    """Portugal: weights 9 to 2 modulo 11."""
    rest = weighed(digits[:8], range(9, 1, -1)) % 11
    return digits[0] in "1235689" and int(digits[8]) == (0 if rest < 2 else 11 - rest) and is_varied(digits)


def is_fodselsnummer(digits: str) -> bool:
    """Norway: two control digits; a D-number's day is 40 more."""
    first = (11 - weighed(digits[:9], (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11) % 11
    second = (11 - weighed(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return is_day(digits[2:4], f"{int(digits[:2]) % 40:02}") and (first, second) == (int(digits[9]), int(digits[10]))


def is_svnr(digits: str) -> bool:
    """Austria: the fourth digit is the sum of the others, weighed, modulo 11."""
    total = weighed(digits, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11
    return digits[0] != "0" and total == int(digits[3]) and 1 <= int(digits[4:6]) <= 31


def is_ahv(digits: str) -> bool:
    """Switzerland: 756, and an EAN-13 control digit."""
    return digits.startswith("756") and weighed(digits, (1, 3) * 6 + (1,)) % 10 == 0


def is_pps(text: str) -> bool:
    """Ireland: weights 8 to 2, a second letter nine times, modulo 23."""
    second = _PPS.find(text[8]) if len(text) == 9 else 0
    return second >= 0 and _PPS[(weighed(text[:7], range(8, 1, -1)) + 9 * second) % 23] == text[7]


def is_afm(digits: str) -> bool:
    """Greece: powers of two, modulo 11, modulo 10."""
    total = weighed(digits[:8], (256, 128, 64, 32, 16, 8, 4, 2))
    return total % 11 % 10 == int(digits[8]) and is_varied(digits)


def is_rodne_cislo(digits: str) -> bool:
    """Czechia and Slovakia: divisible by 11; a woman's month is 50 more."""
    return 1 <= int(digits[2:4]) % 50 % 20 <= 12 and 1 <= int(digits[4:6]) <= 31 and int(digits) % 11 == 0


def is_taj(digits: str) -> bool:
    """Hungary: weights 3 and 7, modulo 10."""
    return weighed(digits[:8], (3, 7) * 4) % 10 == int(digits[8]) and is_varied(digits)


def is_cnp(digits: str) -> bool:
    """Romania: weights 279146358279, modulo 11, 10 as 1."""
    rest = weighed(digits[:12], map(int, "279146358279")) % 11
    return digits[0] != "0" and is_day(digits[3:5], digits[5:7]) and (1 if rest == 10 else rest) == int(digits[12])


def is_egn(digits: str) -> bool:
    """Bulgaria: a month that tells the century, and weights modulo 11, modulo 10."""
    total = weighed(digits[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10
    return 1 <= int(digits[2:4]) % 20 <= 12 and 1 <= int(digits[4:6]) <= 31 and total == int(digits[9])


def is_oib(digits: str) -> bool:
    """Croatia: ISO 7064 MOD 11,10."""
    return is_mod_11_10(digits) and is_varied(digits)


def is_isikukood(digits: str) -> bool:
    """Estonia and Lithuania: a control digit in two rounds."""
    if digits[0] not in "123456" or not is_day(digits[3:5], digits[5:7]):
        return False
    for weights in ("1234567891", "3456789123"):
        rest = weighed(digits[:10], map(int, weights)) % 11
        if rest < 10:
            return rest == int(digits[10])
    return digits[10] == "0"


def is_tckn(digits: str) -> bool:
    """Türkiye: two control digits."""
    values = [int(one) for one in digits]
    tenth = (sum(values[0:9:2]) * 7 - sum(values[1:8:2])) % 10
    return values[0] != 0 and tenth == values[9] and sum(values[:10]) % 10 == values[10]


def is_snils(digits: str) -> bool:
    """Russia, insurance: weights 9 to 1, modulo 101."""
    return weighed(digits[:9], range(9, 0, -1)) % 101 % 100 == int(digits[9:]) and is_varied(digits)


def is_inn(digits: str) -> bool:
    """Russia, a person's tax number: two control digits."""
    first = weighed(digits[:10], (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    second = weighed(digits[:11], (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    return (first, second) == (int(digits[10]), int(digits[11])) and is_varied(digits)


def is_rvnr(text: str) -> bool:
    """Germany, pension insurance: the letter as two digits, weights 212571212121, digit sums, modulo 10."""
    digits = text[:8] + f"{ord(text[8]) - 64:02}" + text[9:]
    products = (int(one) * weight for one, weight in zip(digits[:-1], map(int, "212571212121"), strict=False))
    is_sum = sum(one // 10 + one % 10 for one in products) % 10 == int(digits[-1])
    return is_sum and 1 <= int(digits[2:4]) <= 81 and 1 <= int(digits[4:6]) <= 12
