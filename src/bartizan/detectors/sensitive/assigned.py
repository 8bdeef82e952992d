"""What is assigned to a name that says it is secret: ``password=...``, ``api_key: ...``, "the password is ..."."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.reading import Reading, joined
from bartizan.detectors.sensitive.rule import Rule
from bartizan.detectors.sensitive.tokens import entropy

PASSWORD = Rule(
    kind="password",
    name="password",
    alone=0.9,
    finds=(
        "password=«hunter2»",
        "DB_PASSWORD: '«Tr0ub4dor&3»'",
        'dbPassword = "«correcthorse»"',
        "my password is «S3cure!pass», please",
        "Passwort: «Geheim#42»",
        "Kennwort lautet «wald7fee»",
        "mot de passe : «M0tSecret!»",
        "contraseña: «Cl4ve_2024»",
        "the pw is «abc123xyz»",
        '{"pwd": "«p@ss w0rd»"}'.replace("«p@ss w0rd»", "«p@ssw0rd»"),
        "пароль: «qwerty123»",
    ),
    passes=(
        "password: required",
        "password=${DB_PASSWORD}",
        "password = get_password()",
        "password: str",
        "the password is wrong",
        "forgot your password?",
        "password=********",
        "<input type='password' name='password'>",
        "PASSWORD=<your password>",
        "password: Optional[str] = None",
        "secret: null",
    ),
)
API_KEY = Rule(
    kind="api_key",
    name="api_key",
    alone=0.9,
    finds=(
        "api_key=«8f3a9c2b7d1e4f60»",
        '"clientSecret": "«kJ8sd7Fh2Lq9Zx4W»"',
        "aws_secret_access_key = «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1»",
        "X-Api-Key: «d41d8cd98f00b204e980»",
        "export AUTH_TOKEN=«t0k3nV4lu3abc»",
    ),
    passes=(
        "api_key=YOUR_API_KEY",
        "token: string",
        "tokens = 4096",
        "key: value",
        "secret = os.environ['SECRET']",
        "max_tokens: 128000000000",
        "token = tokenizer.next_token()",
    ),
)
_PASSWORDS = (
    "passw(?:or[dt]|d)|pwd|passphrase|passcode|kennwort|mot de passe|contrase.a|senha|wachtwoord|l.senord|"
    "adgangskode|salasana|(?<![a-z])(?:pass|pw)"
)
_KEYS = (
    "(?:api|access|secret|private|account|auth|encryption|signing|master|client|service)[_ -]?(?:access[_ -]?)?key|"
    "secret|token|credentials?|authorization"
)
_LEAD = re.compile(
    rf"(?:({_PASSWORDS})|{_KEYS})s?[\"'`]?\]?(?:[ ]{{0,3}}(?::=|=>|={{1,3}}|:)|[ ](?:is|ist|lautet|est|es|var|"
    rf"was)(?:[ ]now|:)?(?=[ ]))"
    rf"[ ]{{0,3}}(?:bearer |basic )?([\"'`]?)"
)
_VALUE = re.compile(r"[^\s\"'`<>,;|]{4,200}")
_QUOTED = {one: re.compile(rf"[^\s{one}<>]{{4,200}}(?={one})") for one in "\"'`"}
_FILLER = re.compile(
    r"[*x•.#_-]+\Z|\$[{(A-Z_]|%[A-Z_a-z]+%|%[(s]|\{[{a-zA-Z_]|\[[A-Za-z_ ]+\]|<|\\|your|my_|change|placeholder|"
    r"redacted|masked|null|none\b|nil\b|true|false|undefined|"
    r"optional|required|string|secret\Z|password\Z|token\Z|os\.|process\.|env\b|env\.|getenv|self\.|this\.|config|"
    r"settings|"
    r"request|args\.|params|xxx|\.\.\.|abc\Z|test\Z|example\Z|invalid|incorrect|wrong",
    re.IGNORECASE,
)
_CODE = re.compile(r"[A-Za-z_][\w.]*[(\[]|[A-Za-z_]+\.[A-Za-z_.]+\Z")
_BEFORE, _AFTER = 24, 60
_STEMS = (b"passw", b"secret", b"token", b"key")
"""Parts of names in code: dbPassword, clientSecret."""
_WORDS = frozenset(
    b"pass passe pw pwd passphrase passcode kennwort contrase contrase\xf1a senha wachtwoord l\xf6senord adgangskode "
    b"salasana credential "
    b"credentials authorization".split()
)
_SIGN = re.compile(rb"[a-z\xdf-\xff]{0,12}[\"'`]?\]?[ ]{0,3}[:=]|[a-z]{0,10} (?:i[st]t?|lautet|est?|var|was) ")
_FOREIGN = re.compile(r"(?:пароль|密码|密碼|パスワード|비밀번호|κωδικός)[ ]{0,3}[:=：][ ]{0,3}()")


def assigned(reading: Reading) -> Iterator[Sensitive]:
    """The value alone, not its name; what stands for a value in templates and code is passed over."""
    stems = [stem for stem in _STEMS if stem in reading.low] + list(_WORDS.intersection(reading.words))
    if stems:
        low = reading.low.decode("latin-1")
        for begin, end in _windows(reading.low, stems):
            yield from _values(reading, _LEAD, low, begin, end)
    small = "" if reading.text.isascii() else reading.text.lower()
    if len(small) == len(reading.text):
        yield from _values(reading, _FOREIGN, small, 0, len(small))


def _windows(low: bytes, stems: list[bytes]) -> list[tuple[int, int]]:
    """Stretches around the stems that something is assigned to, those that touch joined."""
    places = []
    for stem in stems:
        at = low.find(stem)
        while at >= 0:
            if _SIGN.match(low, at + len(stem)):
                places.append(at)
            at = low.find(stem, at + 1)
    return joined((max(0, at - _BEFORE), at + _AFTER) for at in sorted(places))


def _values(reading: Reading, lead: re.Pattern[str], low: str, begin: int, end: int) -> Iterator[Sensitive]:
    for match in lead.finditer(low, begin, end):
        is_password = lead is _FOREIGN or match[1] is not None
        quote = match[match.lastindex or 1] if lead is _LEAD else ""
        value = _QUOTED.get(quote, _VALUE).match(reading.text, match.end())
        if value is None:
            continue
        text = value[0].rstrip(".)]}?:" if not quote else "")
        is_loose = match[0][-1] == " " and "=" not in match[0]
        rule = PASSWORD if is_password else API_KEY
        if _is_password(text, bool(quote), is_loose) if is_password else _is_key(text):
            until = value.start() + len(text)
            yield Sensitive(kind=rule.kind, start=value.start(), end=until, score=rule.alone, rule=rule.name)


def _is_password(text: str, is_quoted: bool, is_loose: bool) -> bool:
    if len(text) < 4 or _FILLER.match(text) or _CODE.match(text):
        return False
    if is_quoted:
        return True
    mixed = sum((any(map(str.isdigit, text)), any(map(str.isalpha, text)), not text.isalnum()))
    return mixed > 1 or not is_loose


def _is_key(text: str) -> bool:
    if len(text) < 10 or _FILLER.match(text) or _CODE.match(text):
        return False
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text)) and entropy(text) > 2.8
