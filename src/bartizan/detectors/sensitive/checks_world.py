"""Check digits of national numbers outside Europe. All take letters and digits alone, of the right shape."""

from __future__ import annotations

from bartizan.detectors.sensitive.checks import is_day, is_luhn, is_varied, is_verhoeff, weighed

_CURP = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_CPF = (11, 10, 9, 8, 7, 6, 5, 4, 3, 2)
_CNPJ = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def is_ssn(digits: str) -> bool:
    """United States: areas, groups and serials that are given out, and not the two printed in advertisements."""
    barred = digits[:3] in {"000", "666"} or digits[0] == "9" or digits[3:5] == "00" or digits[5:] == "0000"
    return not barred and digits not in {"078051120", "123456789"} and is_varied(digits)


def is_itin(digits: str) -> bool:
    """United States, individual taxpayer: 9, and groups 50-65, 70-88, 90-92, 94-99."""
    group = int(digits[3:5])
    return digits[0] == "9" and (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or group >= 94)


def is_sin(digits: str) -> bool:
    """Canada: Luhn; 0 and 8 are not given to people."""
    return digits[0] not in "08" and is_luhn(digits) and is_varied(digits)


def is_curp(text: str) -> bool:
    """Mexico: a date, a sex, and a control digit."""
    total = sum(_CURP.index(one) * (18 - place) for place, one in enumerate(text[:17]))
    return is_day(text[6:8], text[8:10]) and text[10] in "HMX" and str((10 - total % 10) % 10) == text[17]


def is_cpf(digits: str) -> bool:
    """Brazil, a person: two control digits modulo 11."""
    first = weighed(digits[:9], _CPF[1:]) * 10 % 11 % 10
    second = weighed(digits[:10], _CPF) * 10 % 11 % 10
    return (first, second) == (int(digits[9]), int(digits[10])) and is_varied(digits)


def is_cnpj(digits: str) -> bool:
    """Brazil, a firm: two control digits modulo 11."""
    first = 11 - weighed(digits[:12], _CNPJ[1:]) % 11
    second = 11 - weighed(digits[:13], _CNPJ) % 11
    return (first if first < 10 else 0, second if second < 10 else 0) == (int(digits[12]), int(digits[13]))


def is_cuil(digits: str) -> bool:
    """Argentina: weights 5432765432 modulo 11."""
    rest = 11 - weighed(digits[:10], map(int, "5432765432")) % 11
    return digits[:2] in {"20", "23", "24", "27", "30", "33", "34"} and {11: 0, 10: 9}.get(rest, rest) == int(
        digits[10]
    )


def is_rut(text: str) -> bool:
    """Chile: weights 2 to 7 from the right, modulo 11, K for ten."""
    total = weighed(text[-2::-1], (2, 3, 4, 5, 6, 7, 2, 3))
    return "0K987654321"[total % 11] == text[-1] and is_varied(text)


def is_aadhaar(digits: str) -> bool:
    """India: Verhoeff; the first digit is 2 to 9."""
    return digits[0] not in "01" and is_verhoeff(digits) and is_varied(digits)


def is_pan(text: str) -> bool:
    """India, tax: the fourth letter tells who holds it."""
    return text[3] in "ABCFGHLJPTK" and text[5:9] != "0000"


def is_tfn(digits: str) -> bool:
    """Australia, tax file: weights 1 4 3 7 5 8 6 9 10 modulo 11."""
    return weighed(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0 and is_varied(digits)


def is_medicare(digits: str) -> bool:
    """Australia, Medicare: first digit 2 to 6, weights 1 3 7 9 modulo 10."""
    return digits[0] in "23456" and weighed(digits[:8], (1, 3, 7, 9) * 2) % 10 == int(digits[8])


def is_ird(digits: str) -> bool:
    """New Zealand: weights 3 2 7 6 5 4 3 2, and a second set where that gives ten."""
    eight = digits[:-1].zfill(8)
    for weights in ("32765432", "74325276"):
        rest = -weighed(eight, map(int, weights)) % 11
        if rest < 10:
            return rest == int(digits[-1])
    return False


def is_za_id(digits: str) -> bool:
    """South Africa: a date, citizenship, and Luhn."""
    return is_day(digits[2:4], digits[4:6]) and digits[10] in "012" and is_luhn(digits)


def is_cn_id(text: str) -> bool:
    """China: ISO 7064 MOD 11-2 and a date (GB 11643-1999)."""
    total = weighed(text[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    is_date = text[6:8] in {"18", "19", "20"} and is_day(text[10:12], text[12:14])
    return text[0] in "12345678" and is_date and "10X98765432"[total % 11] == text[17]


def is_my_number(digits: str) -> bool:
    """Japan: weights 2 to 7 from the right, modulo 11."""
    rest = weighed(digits[10::-1], (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)) % 11
    return int(digits[11]) == (0 if rest < 2 else 11 - rest) and is_varied(digits)


def is_kr_rrn(digits: str) -> bool:
    """Korea: a date and a century; numbers given since October 2020 keep no control digit."""
    return is_day(digits[2:4], digits[4:6]) and digits[6] in "12345678"


def is_nric(text: str) -> bool:
    """Singapore: weights 2765432 modulo 11, a letter by series."""
    total = weighed(text[1:8], map(int, "2765432")) + {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
    return text[0] in letters and letters[text[0]][total % 11] == text[8]


def is_thai_id(digits: str) -> bool:
    """Thailand: weights 13 to 2 modulo 11."""
    total = weighed(digits[:12], range(13, 1, -1))
    return digits[0] != "0" and (11 - total % 11) % 10 == int(digits[12]) and is_varied(digits)


def is_tw_id(text: str) -> bool:
    """Taiwan: the letter as two digits, weights 1 9 8 ... 1, modulo 10."""
    code = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(text[0]) + 10
    total = code // 10 + code % 10 * 9 + weighed(text[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))
    return text[1] in "1289" and total % 10 == 0


def is_il_id(digits: str) -> bool:
    """Israel: Luhn over nine digits."""
    return is_luhn(digits) and is_varied(digits)
