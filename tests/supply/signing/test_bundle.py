"""A signature file is read strictly: what is odd about it is said in a line."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.supply.signing.making import Place, in_days, kinds

Bundle = dict[str, Any]


def _payload(change: Callable[[Bundle], None]) -> Callable[[Bundle], None]:
    def changed(bundle: Bundle) -> None:
        statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
        change(statement)
        bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()

    return changed


def _resource(name: str) -> Callable[[Bundle], None]:
    return _payload(lambda one: one["predicate"]["resources"][0].update(name=name))


def _also(name: str) -> Callable[[Bundle], None]:
    one = {"name": name, "algorithm": "sha256", "digest": "0" * 64}
    return _payload(lambda statement: statement["predicate"]["bartizan"].update(also=[one]))


CASES: tuple[tuple[str, Callable[[Bundle], None], str], ...] = (
    ("another type", lambda one: one.update(mediaType="text/plain"), "mediaType is 'text/plain'"),
    ("a misspelt field", lambda one: one.update(mediatype="x"), "did you mean 'mediaType'"),
    ("no envelope", lambda one: one.pop("dsseEnvelope"), "has no 'dsseEnvelope'"),
    ("no signature", lambda one: one["dsseEnvelope"].update(signatures=[]), "exactly one signature"),
    ("two", lambda one: one["dsseEnvelope"].update(signatures=one["dsseEnvelope"]["signatures"] * 2), "exactly one"),
    ("loose base64", lambda one: one["dsseEnvelope"].update(payload="e30"), "'payload' is no base64"),
    ("odd base64", lambda one: one["dsseEnvelope"].update(payload="e31="), "'payload' is no base64"),
    ("empty payload", lambda one: one["dsseEnvelope"].update(payload=""), "'payload' is no base64"),
    ("a log", lambda one: one["verificationMaterial"].update(tlogEntries=[{}]), "by Sigstore"),
    ("no key", lambda one: one["verificationMaterial"].pop("publicKey"), "does not say which one"),
    ("a list", lambda one: one.update(verificationMaterial=[]), "is not an object"),
    ("old", _payload(lambda one: one.update(predicateType="https://model_signing/Digests/v0.1")), "sign it anew"),
    ("a path up", _resource("../weights.bin"), "no path within a folder"),
    ("an absolute path", _resource("/etc/passwd"), "no path within a folder"),
    ("a path with a dot", _resource("./config.json"), "no path within a folder"),
    ("the folder", _resource("."), "no path within a folder"),
    ("twice", _resource("weights.bin"), "a file twice"),
    (
        "another digest",
        _payload(lambda one: one["subject"][0]["digest"].update(sha256="0" * 64)),
        "digest of the whole",
    ),
    ("no files", _payload(lambda one: one["predicate"].update(resources=[])), "lists 0 files"),
    ("md5", _payload(lambda one: one["predicate"]["serialization"].update(hash_type="md5")), "'md5'"),
    ("a later claim", _payload(lambda one: one["predicate"]["bartizan"].update(hours=3)), "claims"),
    ("a later version", _payload(lambda one: one["predicate"]["bartizan"].update(version=2)), "claims"),
    ("a file among those of git", _also("weights2.bin"), "belongs among the others"),
    ("a folder among those of git", _also("."), "belongs among the others"),
    ("half a release", _payload(lambda one: one["predicate"]["bartizan"].update(counter=1.5)), "claims"),
    ("no day", _payload(lambda one: one["predicate"]["bartizan"].update(expires="never")), "a day"),
    ("a huge counter", _payload(lambda one: one["predicate"]["bartizan"].update(counter=2**60)), "out of range"),
)


@pytest.mark.parametrize(("change", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_odd_about_a_signature_is_said(place: Place, change: Callable[[Bundle], Any], said: str) -> None:
    place.sign(counter=1)
    bundle = json.loads(place.signature.read_text())
    change(bundle)
    place.signature.write_text(json.dumps(bundle))
    found = place.verify()
    assert kinds(found) == [("signature_malformed", "")]
    assert said in found.flaws[0].what


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[]", b"null", b"[" * 10_000, b'{"a": 1, "a": 2}', b"NaN"])
def test_what_is_no_bundle_at_all_is_said(place: Place, content: bytes) -> None:
    place.signature.write_bytes(content)
    assert kinds(place.verify()) == [("signature_malformed", "")]


def test_a_bundle_of_very_many_values_is_refused_before_it_takes_memory(place: Place) -> None:
    place.sign()
    bundle = json.loads(place.signature.read_text())
    place.signature.write_text(json.dumps(bundle | {"x": [{}] * 20_000}))
    assert "parts" in place.verify().flaws[0].what
    _payload(lambda one: one.update(x=[[]] * 600_000))(bundle)
    place.signature.write_text(json.dumps(bundle))
    assert "parts" in place.verify().flaws[0].what
    place.signature.write_bytes(b" " * 32_000_001)
    assert "larger than" in place.verify().flaws[0].what


def test_claims_cannot_be_taken_away_unseen(place: Place) -> None:
    place.sign(expires=in_days(1), counter=1)
    bundle = json.loads(place.signature.read_text())
    _payload(lambda one: one["predicate"].pop("bartizan"))(bundle)
    place.signature.write_text(json.dumps(bundle))
    found = place.verify(day=in_days(365))
    assert kinds(found) == [("signature_wrong", "")]
    assert not found.is_authentic
