"""Timestamps: what an authority witnessed holds, and nothing else does."""

from __future__ import annotations

import base64
import datetime

import msgspec
import pytest

from bartizan.core.errors import InputError, Unreachable
from bartizan.register.audit.following import Stored
from bartizan.register.audit.verifying import verify_entries
from bartizan.register.chain import Body
from bartizan.register.checkpoints import Checkpoint, signed, witnessed
from bartizan.register.timestamps import read_authorities
from tests.register.authority import Authority
from tests.register.chains import KEY, chained

ENTRIES: list[Stored] = chained([Body(seq=0, at="", actor="anna", action="x")])


def point_of(at: datetime.datetime | None = None) -> Checkpoint:
    first = ENTRIES[0][1].decode()
    moment = (at or datetime.datetime.now(datetime.UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return signed(KEY, first=first, seq=1, hash_=first, at=moment)


def faults(point: Checkpoint, *authorities: Authority) -> str:
    known = [one for a in authorities for one in read_authorities(a.root.read_bytes(), "root.pem")]
    found = verify_entries(ENTRIES, point, authorities=known)
    assert found.witnessed == (1 if found.sound and known else 0)
    return "; ".join(fault.what for fault in found.faults)


def test_a_checkpoint_that_was_witnessed_holds(authority: Authority) -> None:
    point = witnessed(point_of(), authority.url)
    assert faults(point, authority) == ""
    assert faults(point) == ""


def test_a_checkpoint_that_was_dated_back_is_found(authority: Authority) -> None:
    year_ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=365)
    assert "was not witnessed then, but on 2" in faults(witnessed(point_of(year_ago), authority.url), authority)


def test_a_timestamp_of_something_else_does_not_hold(authority: Authority) -> None:
    other = witnessed(point_of(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)), authority.url)
    point = msgspec.structs.replace(point_of(), timestamp=other.timestamp)
    assert "a timestamp that does not hold" in faults(point, authority)


def test_a_timestamp_of_an_authority_that_is_not_trusted_does_not_hold(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Authority(tmp_path_factory.mktemp("other"))
    assert "a timestamp that does not hold" in faults(witnessed(point_of(), authority.url), other)


@pytest.mark.parametrize("change", [b"", b"\x30\x03\x02\x01\x00", b"junk" * 50, None])
def test_a_timestamp_that_was_tampered_with_does_not_hold(authority: Authority, change: bytes | None) -> None:
    point = witnessed(point_of(), authority.url)
    raw = bytearray(base64.b64decode(point.timestamp))
    raw[-1] ^= 1
    bad = bytes(raw) if change is None else change or b"\0"
    point = msgspec.structs.replace(point, timestamp=base64.b64encode(bad).decode())
    assert "a timestamp that does not hold" in faults(point, authority)


def test_a_timestamp_that_is_no_base64_does_not_hold(authority: Authority) -> None:
    assert "cannot be read" in faults(msgspec.structs.replace(point_of(), timestamp="é"), authority)


@pytest.mark.parametrize(
    ("status", "reply", "finding"),
    [
        (500, b"", "answered with 500"),
        (302, b"", "answered with 302"),
        (200, b"<html>", "did not answer with a timestamp"),
        (200, b"", "did not answer with a timestamp"),
        (200, b"\x30\x05\x30\x03\x02\x01\x02", "did not witness what it was asked to"),
    ],
)
def test_an_authority_that_does_not_do_its_job_is_told(
    authority: Authority, status: int, reply: bytes, finding: str
) -> None:
    authority.status, authority.reply = status, reply
    with pytest.raises(Unreachable, match=finding):
        witnessed(point_of(), authority.url)


def test_an_answer_to_another_question_is_not_taken(authority: Authority) -> None:
    point = witnessed(point_of(), authority.url)
    authority.reply = base64.b64decode(point.timestamp)
    with pytest.raises(Unreachable, match="did not witness what it was asked to"):
        witnessed(point, authority.url)


def test_an_authority_that_is_not_there_is_told() -> None:
    with pytest.raises(Unreachable, match=r"did not answer: .*refused"):
        witnessed(point_of(), "http://127.0.0.1:1/")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/", "x", "/etc/passwd"])
def test_what_is_no_address_on_the_web_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="no address on the web"):
        witnessed(point_of(), url)


def test_a_file_without_certificates_is_refused() -> None:
    with pytest.raises(InputError, match="no certificate in this file"):
        read_authorities(b"-----BEGIN JUNK-----", "root.pem")
