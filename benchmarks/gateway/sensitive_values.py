"""Values for the labelled texts: faker's where it makes them with their check digits, else of random characters."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable
from typing import Any

from faker import Faker

_LOCALES = (
    *(
        "en_US",
        "en_GB",
        "de_DE",
        "fr_FR",
        "es_ES",
        "it_IT",
        "nl_NL",
        "pt_BR",
        "pl_PL",
        "sv_SE",
        "fi_FI",
        "no_NO",
        "da_DK",
    ),
    *(
        "pt_PT",
        "en_CA",
        "en_IN",
        "hr_HR",
        "ro_RO",
        "bg_BG",
        "et_EE",
        "tr_TR",
        "zh_CN",
        "ko_KR",
        "he_IL",
        "nl_BE",
        "de_AT",
        "zh_TW",
    ),
)
_ALNUM, _HEX = string.ascii_letters + string.digits, string.digits + "abcdef"


class Values:
    """A maker of values, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.fakers: dict[str, Any] = {one: Faker(one) for one in _LOCALES}
        for number, one in enumerate(self.fakers.values()):
            one.seed_instance(seed + number)

    def some(self, letters: str, count: int) -> str:
        """So many random characters."""
        return "".join(self.rng.choices(letters, k=count))

    def make(self, kind: str) -> str:
        """One value of a kind, or of a kind of decoy."""
        known = _MAKERS.get(kind)
        return known(self) if known else self._national(kind)

    def person(self) -> Any:
        """One of the locales whose names are in Latin letters."""
        return self.fakers[self.rng.choice(_LOCALES[:9])]

    def _national(self, kind: str) -> str:
        locale, method = _NATIONAL[kind]
        return str(getattr(self.fakers[locale], method)())


_NATIONAL = {
    "us_ssn": ("en_US", "ssn"), "us_itin": ("en_US", "itin"), "it_codice_fiscale": ("it_IT", "ssn"),
    "fr_nir": ("fr_FR", "ssn"), "es_dni": ("es_ES", "nif"), "nl_bsn": ("nl_NL", "ssn"), "pl_pesel": ("pl_PL", "pesel"),
    "se_personnummer": ("sv_SE", "ssn"), "fi_hetu": ("fi_FI", "ssn"), "no_fnr": ("no_NO", "ssn"), "br_cpf": ("pt_BR",
        "cpf"),
    "br_cnpj": ("pt_BR", "cnpj"), "ca_sin": ("en_CA", "ssn"), "hr_oib": ("hr_HR", "ssn"),
    "ro_cnp": ("ro_RO", "ssn"), "ee_lt_ik": ("et_EE", "ssn"), "tr_tckn": ("tr_TR", "ssn"),
    "cn_id": ("zh_CN", "ssn"), "kr_rrn": ("ko_KR", "ssn"), "be_rrn": ("nl_BE", "ssn"), "de_social_security": ("de_DE",
        "rvnr"),
}  # fmt: skip


def _phone(of: Values) -> str:
    return str(of.fakers[of.rng.choice(("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL"))].phone_number())


def _nhs(of: Values) -> str:
    while True:
        nine = of.some(string.digits, 9)
        rest = 11 - sum(int(one) * (10 - at) for at, one in enumerate(nine)) % 11
        if rest != 10:
            ten = nine + str(rest % 11)
            return of.rng.choice((ten, f"{ten[:3]} {ten[3:6]} {ten[6:]}"))


def _nino(of: Values) -> str:
    letters = of.rng.choice(("AB", "CE", "HJ", "LM", "PR", "SW", "YZ"))
    digits, last = of.some(string.digits, 6), of.rng.choice("ABCD")
    return of.rng.choice((f"{letters}{digits}{last}", f"{letters} {digits[:2]} {digits[2:4]} {digits[4:]} {last}"))


def _aadhaar(of: Values) -> str:
    """Verhoeff's digit by its definition in the dihedral group: faker's ends in Luhn's, which no such number does."""
    eleven, state, turn = of.rng.choice("23456789") + of.some(string.digits, 10), 0, (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    for place, one in enumerate(reversed(eleven), 1):
        digit = int(one)
        for _ in range(place % 8):
            digit = turn[digit]
        state = _times(state, digit)
    twelve = eleven + str(next(one for one in range(10) if _times(state, one) == 0))
    return of.rng.choice((twelve, f"{twelve[:4]} {twelve[4:8]} {twelve[8:]}"))


def _times(first: int, second: int) -> int:
    """Two of the ten turns and flips of a pentagon, one after the other: 0-4 turn, 5-9 flip."""
    turned = (first + second if first < 5 else first - second) % 5
    return turned + 5 if (first < 5) != (second < 5) else turned


def _egn(of: Values) -> str:
    nine = (
        f"{of.rng.randrange(100):02}{of.rng.randrange(1, 13):02}{of.rng.randrange(1, 29):02}{of.some(string.digits, 3)}"
    )
    return nine + str(sum(int(one) * 2 ** (at + 1) % 11 for at, one in enumerate(nine)) % 11 % 10)


def _card(of: Values) -> str:
    digits = str(of.fakers["en_US"].credit_card_number(of.rng.choice(("visa16", "mastercard", "amex"))))
    return (
        digits
        if of.rng.random() < 0.4 or len(digits) != 16
        else " ".join(digits[at : at + 4] for at in range(0, 16, 4))
    )


def _iban(of: Values) -> str:
    plain = str(of.fakers[of.rng.choice(("de_DE", "en_GB", "fr_FR", "nl_NL", "it_IT", "es_ES"))].iban())
    return plain if of.rng.random() < 0.5 else " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def _born(of: Values) -> str:
    day = of.fakers["en_US"].date_of_birth(minimum_age=18)
    return str(day.strftime(of.rng.choice(("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%B %d, %Y"))))


def _jwt(of: Values) -> str:
    parts = (b'{"alg":"HS256","typ":"JWT"}', f'{{"sub":"{of.some(string.digits, 10)}"}}'.encode())
    return ".".join(
        [*(base64.urlsafe_b64encode(one).decode().rstrip("=") for one in parts), of.some(_ALNUM + "-_", 43)]
    )


def _pem(of: Values) -> str:
    lines = "\n".join(of.some(_ALNUM + "+/", 64) for _ in range(6))
    name = of.rng.choice(("RSA ", "", "EC ", "OPENSSH "))
    return f"-----BEGIN {name}PRIVATE KEY-----\n{lines}\n-----END {name}PRIVATE KEY-----"


_MAKERS: dict[str, Callable[[Values], str]] = {
    "email": lambda of: str(of.person().email(domain=None)),
    "phone": _phone,
    "iban": _iban,
    "card": _card,
    "name": lambda of: f"{(one := of.person()).first_name()} {one.last_name()}",
    "address": lambda of: str(of.fakers[of.rng.choice(("en_US", "de_DE", "fr_FR", "nl_NL"))].street_address()).replace(
        "\n", ", "
    ),
    "date_of_birth": _born,
    "ip_address": lambda of: str(
        of.fakers["en_US"].ipv4_public() if of.rng.random() < 0.7 else of.fakers["en_US"].ipv6()
    ),
    "mac_address": lambda of: str(of.fakers["en_US"].mac_address()),
    "passport": lambda of: of.some(string.ascii_uppercase, 1) + of.some(string.digits, 8),
    "driving_licence": lambda of: of.some(string.ascii_uppercase, 1) + of.some(string.digits, 7),
    "licence_plate": lambda of: str(
        of.fakers[of.rng.choice(("en_GB", "de_DE", "fr_FR", "es_ES", "nl_NL"))].license_plate()
    ),
    "medical_record": lambda of: of.some(string.digits, of.rng.choice((6, 7, 8))),
    "uk_nhs": _nhs,
    "uk_nino": _nino,
    "in_aadhaar": _aadhaar,
    "bg_egn": _egn,
    "aws_key": lambda of: "AKIA" + of.some("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    "gcp_key": lambda of: "AIza" + of.some(_ALNUM + "-_", 35),
    "github_token": lambda of: of.rng.choice(("ghp_", "gho_", "ghs_")) + of.some(_ALNUM, 36),
    "gitlab_token": lambda of: "glpat-" + of.some(_ALNUM, 20),
    "slack_token": lambda of: f"xoxb-{of.some(string.digits, 12)}-{of.some(string.digits, 12)}-{of.some(_ALNUM, 24)}",
    "stripe_key": lambda of: "sk_live_" + of.some(_ALNUM, 24),
    "openai_key": lambda of: "sk-proj-" + of.some(_ALNUM + "-_", 74),
    "anthropic_key": lambda of: "sk-ant-api03-" + of.some(_ALNUM + "-_", 93),
    "huggingface_token": lambda of: "hf_" + of.some(_ALNUM, 34),
    "npm_token": lambda of: "npm_" + of.some(_ALNUM, 36),
    "jwt": _jwt,
    "private_key": _pem,
    "url_password": lambda of: of.some(_ALNUM + "!-_", of.rng.choice((8, 12, 20))),
    "password": lambda of: str(of.fakers["en_US"].password(length=of.rng.choice((8, 10, 14)))),
    "api_key": lambda of: of.some(of.rng.choice((_ALNUM, _HEX)), of.rng.choice((24, 32, 40))),
    # decoys
    "order": lambda of: of.some(string.digits, of.rng.choice((6, 8, 9, 10, 11, 12, 16))),
    "sku": lambda of: f"{of.some(string.ascii_uppercase, 3)}-{of.some(string.digits, 5)}",
    "version": lambda of: ".".join(str(of.rng.randrange(30)) for _ in range(of.rng.choice((3, 4)))),
    "hash": lambda of: of.some(_HEX, of.rng.choice((32, 40, 64))),
    "uuid": lambda of: str(of.fakers["en_US"].uuid4()),
    "stamp": lambda of: str(of.fakers["en_US"].iso8601()),
    "epoch": lambda of: str(of.rng.randrange(1_500_000_000, 1_900_000_000) * of.rng.choice((1, 1000))),
    "isbn": lambda of: str(of.fakers["en_US"].isbn13() if of.rng.random() < 0.5 else of.fakers["en_US"].ean13()),
    "number": lambda of: f"{of.rng.randrange(10**6, 10**12):,}".replace(",", of.rng.choice(",. ")),
    "decimal": lambda of: repr(of.rng.random() * 10 ** of.rng.randrange(-3, 6)),
    "dashed": lambda of: f"{of.some(string.digits, 4)}-{of.some(string.digits, 4)}-{of.some(string.digits, 3)}",
    "blob": lambda of: of.some(_ALNUM + "+/", of.rng.choice((60, 120, 300))),
    "word": lambda of: str(of.fakers["en_US"].word()),
    "title": lambda of: str(of.fakers["en_US"].catch_phrase()),
    "sentence": lambda of: str(of.fakers["en_US"].sentence(14)),
}
