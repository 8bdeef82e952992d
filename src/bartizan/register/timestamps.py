"""Timestamps by an authority (RFC 3161): a witness, whom nobody here controls, that a signature was there at a time.

Without one, whoever has the signing key could make a checkpoint today and date it back.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib
import urllib.error
import urllib.request
from collections.abc import Collection
from typing import Any

from cryptography import x509

from bartizan.core.errors import InputError, MissingExtra, Problem, Unreachable, printable

_PATIENCE_S = 20
_LARGEST = 1_000_000
_APART = datetime.timedelta(days=1)
"""How far the moment that was signed and the one that was witnessed may be apart: clocks differ, nights are slow."""


class _Straight(urllib.request.HTTPRedirectHandler):
    """Goes where it was sent, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow no redirection."""


def _client() -> Any:
    try:
        return importlib.import_module("rfc3161_client")
    except ModuleNotFoundError:
        raise MissingExtra("a timestamp", "timestamps") from None


def ask(url: str, message: bytes) -> bytes:
    """Have an authority witness a message, of which it sees the digest only; gives its answer as it came.

    Raises InputError for a URL that is none, Unreachable where no timestamp comes back, MissingExtra.
    """
    client = _client()
    if not url.startswith(("http://", "https://")):
        fix = "give the address of a time-stamping authority: https://..."
        raise InputError([Problem(file="--timestamp", finding="this is no address on the web", fix=fix)])
    asked = client.TimestampRequestBuilder().data(message).build()
    answer = _post(url, asked.as_bytes())
    try:
        response = client.decode_timestamp_response(answer)
        granted = response.status == client.PKIStatus.GRANTED
        ours = granted and response.tst_info.nonce == asked.nonce and _is_of(response, message)
    except (ValueError, TypeError):
        raise Unreachable(f"{printable(url)} did not answer with a timestamp") from None
    if not ours:
        raise Unreachable(f"{printable(url)} did not witness what it was asked to")
    return answer


def _post(url: str, body: bytes) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  http and https only, see above
        with urllib.request.build_opener(_Straight).open(request, timeout=_PATIENCE_S) as answer:
            return bytes(answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        with error:
            raise Unreachable(f"{printable(url)} answered with {error.code}, not with a timestamp") from None
    except (OSError, ValueError) as error:
        reason = printable(str(getattr(error, "reason", error)))
        raise Unreachable(f"{printable(url)} did not answer: {reason}") from None


def _is_of(response: Any, message: bytes) -> bool:
    return bool(response.tst_info.message_imprint.message == hashlib.sha512(message).digest())


def read_authorities(text: bytes, file: str) -> tuple[x509.Certificate, ...]:
    """The certificates of authorities, from PEM. Raises InputError."""
    try:
        return tuple(x509.load_pem_x509_certificates(text))
    except ValueError:
        fix = "give the root certificate of the time-stamping authority, as PEM"
        raise InputError([Problem(file=file, finding="there is no certificate in this file", fix=fix)]) from None


def doubt(answer: bytes, message: bytes, at: str, authorities: Collection[x509.Certificate]) -> str:
    """What is wrong with a timestamp of a message that says it is from `at`; empty where nothing is.

    `authorities` are the root certificates that are trusted. Raises MissingExtra.
    """
    client = _client()
    try:
        response = client.decode_timestamp_response(answer)
        builder = client.VerifierBuilder(roots=list(authorities))
        builder.build().verify_message(response, message)
        witnessed = response.tst_info.gen_time
        said = datetime.datetime.fromisoformat(at)
        if abs(witnessed - said) > _APART:
            return f"was not witnessed then, but on {witnessed.date().isoformat()}"
    except (client.VerificationError, ValueError, TypeError) as error:
        return f"has a timestamp that does not hold: {printable(str(error))}"
    return ""
