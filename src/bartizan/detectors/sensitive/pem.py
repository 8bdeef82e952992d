"""Private keys in armour: from the BEGIN line to the END line, or as far as the key goes where that is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.reading import Reading
from bartizan.detectors.sensitive.rule import Rule

PEM = Rule(
    kind="private_key",
    name="private_key",
    alone=0.99,
    finds=(
        "«-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEow" * 12 + "\n-----END RSA PRIVATE KEY-----»\n",
        '"key": "«-----BEGIN PRIVATE KEY-----\\n' + "MIIEvQ" * 12 + '\\n-----END PRIVATE KEY-----»\\n"',
        "cut: «-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3Blbn" * 12 + "»",
    ),
    passes=(
        "-----BEGIN PUBLIC KEY-----\n" + "MIIBIj" * 12 + "\n-----END PUBLIC KEY-----",
        "starts with -----BEGIN PRIVATE KEY----- and then",
    ),
)
LONGEST_KEY = 20_000
"""Characters from the BEGIN line on that are one key at most: RSA's of 16,384 bits has 12,700."""
BEGIN = "-----BEGIN "
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----")
_BODY = re.compile(rf"[A-Za-z0-9+/=\s\\:,.-]{{40,{LONGEST_KEY}}}")


def keys(reading: Reading) -> Iterator[Sensitive]:
    """Every private key in the form of RFC 7468, of OpenSSH, or of OpenPGP; its lines may be escaped, as in JSON."""
    text, at = reading.text, reading.text.find(BEGIN)
    while at >= 0:
        begin = _BEGIN.match(text, at)
        body = _BODY.match(text, begin.end()) if begin else None
        end = at
        if begin and body:
            closing = _END.match(text, body.end() - 5) or _END.search(text, begin.end(), body.end() + 60)
            end = closing.end() if closing else begin.end() + len(body[0].rstrip())
            if closing or not re.search(r"[a-z] [a-z]", body[0][:200]):
                yield Sensitive(kind="private_key", start=at, end=end, score=PEM.alone, rule=PEM.name)
        at = text.find(BEGIN, max(end, at + 1))
