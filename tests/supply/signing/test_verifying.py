"""Verification tells everything that is wrong, and passes only what somebody who is trusted signed."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bartizan.core.errors import InputError
from bartizan.supply.signing import tree
from bartizan.supply.signing.keys import key_id, public_of
from bartizan.supply.signing.verification import Verification
from tests.supply.signing.making import DAY, FILES, Place, in_days, kinds, write_key
from tests.unprivileged import nobody, open_folder


def test_a_signed_model_is_verified_with_who_signed_what_until_when(place: Place) -> None:
    place.sign(expires=in_days(365), counter=7, name="fraud-model")
    found = place.verify(require=["expiry", "counter"], name="fraud-model")
    assert found.is_verified, found.flaws
    assert (found.name, found.counter, found.expires, found.signed_on) == ("fraud-model", 7, in_days(365), DAY)
    assert found.signer == "release"
    assert found.key == key_id(public_of((place.folder / "key.pub").read_bytes()))
    assert found.files == len(FILES)
    assert found.size == sum(map(len, FILES.values()))


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda one: one.name)
def test_all_three_curves_sign(place: Place, curve: ec.EllipticCurve) -> None:
    write_key(place.key, curve)
    place.sign()
    assert place.verify().is_verified


def test_a_model_of_one_file_is_verified_under_any_file_name(place: Place) -> None:
    place.model = place.folder / "model.onnx"
    place.model.write_bytes(b"onnx")
    place.sign()
    assert place.verify().is_verified
    place.model = place.model.rename(place.folder / "other.onnx")
    assert place.verify().is_verified
    place.model.write_bytes(b"onny")
    assert kinds(place.verify()) == [("changed", ".")]


def test_a_folder_does_not_pass_for_a_file_nor_a_file_for_a_folder(place: Place) -> None:
    folder, file = place.model, place.model / "config.json"
    place.sign()
    place.model = file
    assert ("added", ".") in kinds(place.verify())
    place.sign()
    place.model = folder
    found = kinds(place.verify())
    assert ("missing", ".") in found
    assert ("added", "weights.bin") in found


def test_files_that_were_changed_added_or_taken_away_are_all_named(place: Place) -> None:
    place.sign()
    (place.model / "weights.bin").write_bytes(b"\x00\x02" * 500)
    (place.model / "tokenizer" / "vocab.txt").unlink()
    (place.model / "tokenizer" / "new.py").write_bytes(b"import os")
    (place.model / "config.json").write_bytes(b"")
    found = place.verify()
    assert kinds(found) == [
        ("changed", "config.json"),
        ("added", "tokenizer/new.py"),
        ("changed", "weights.bin"),
        ("missing", "tokenizer/vocab.txt"),
    ]
    assert found.is_authentic
    assert not found.is_verified


def test_an_added_file_is_named_without_being_read(place: Place) -> None:
    place.sign()
    added = place.model / "huge"
    with added.open("wb") as stream:
        stream.truncate(1 << 40)
    assert kinds(place.verify()) == [("added", "huge")]


def test_a_name_with_an_escape_sequence_reaches_no_screen(place: Place) -> None:
    place.sign()
    (place.model / "\x1b[2Jx").write_bytes(b"")
    (place.model / os.fsdecode(b"\xff")).write_bytes(b"")
    found = place.verify()
    assert [flaw.kind for flaw in found.flaws] == ["added", "added"]
    assert all(flaw.path.isprintable() and flaw.what.isprintable() for flaw in found.flaws)


def test_a_key_that_nobody_trusts_is_unknown_and_the_files_are_compared_nevertheless(place: Place) -> None:
    place.sign(key=write_key(place.folder / "stranger.pem"))
    (place.model / "config.json").write_bytes(b"[]")
    found = place.verify()
    assert kinds(found) == [("key_unknown", ""), ("changed", "config.json")]
    assert not found.is_authentic
    assert found.signer == found.key == ""


def test_a_statement_of_another_signature_is_no_signature(place: Place) -> None:
    place.sign(name="a")
    payload = json.loads(place.signature.read_text())["dsseEnvelope"]["payload"]
    place.sign(name="b")
    mixed = json.loads(place.signature.read_text())
    mixed["dsseEnvelope"]["payload"] = payload
    place.signature.write_text(json.dumps(mixed))
    found = place.verify()
    assert kinds(found) == [("signature_wrong", "")]
    assert not found.is_authentic


def test_the_days_of_a_key_are_inclusive(place: Place) -> None:
    place.sign()
    keys = place.trusting(not_before=in_days(-300), expires=in_days(17))
    assert place.verify(keys=keys, day=in_days(-300)).is_verified
    assert place.verify(keys=keys, day=in_days(17)).is_verified
    assert kinds(place.verify(keys=keys, day=in_days(18))) == [("key_expired", "")]
    assert kinds(place.verify(keys=keys, day=in_days(-301))) == [("key_not_yet", "")]


def test_a_signature_ends_with_its_last_day(place: Place) -> None:
    place.sign(expires=in_days(17))
    assert place.verify(day=in_days(17)).is_verified
    assert kinds(place.verify(day=in_days(18))) == [("expired", "")]


def test_a_key_signs_only_the_names_that_it_may(place: Place) -> None:
    place.sign(name="fraud-2")
    assert place.verify(keys=place.trusting(signs=["spam", "fraud-*"])).is_verified
    assert kinds(place.verify(keys=place.trusting(signs=["spam", "Fraud-*"]))) == [("name", "")]


def test_another_model_of_the_same_signer_is_not_the_one_that_was_asked_for(place: Place) -> None:
    place.sign(name="spam")
    assert kinds(place.verify(name="fraud")) == [("name", "")]


def test_a_revoked_key_is_believed_no_more(place: Place) -> None:
    signed = place.sign()
    found = place.verify(revoked=[signed.key])
    assert kinds(found) == [("key_revoked", "")]
    assert not found.is_authentic


def test_what_the_policy_requires_must_be_said(place: Place) -> None:
    place.sign()
    found = place.verify(require=["expiry", "counter"])
    assert kinds(found) == [("claim_missing", ""), ("claim_missing", "")]


def test_a_counter_below_the_minimum_is_a_rollback(place: Place) -> None:
    place.sign(counter=6, name="fraud")
    assert place.verify(minimum={"fraud": 6, "spam": 9}).is_verified
    assert kinds(place.verify(minimum={"fr*": 7})) == [("rolled_back", "")]
    place.sign(name="fraud")
    assert kinds(place.verify(minimum={"fr*": 0})) == [("rolled_back", "")]


def test_of_several_minima_the_highest_counts(place: Place) -> None:
    place.sign(counter=6, name="fraud")
    assert kinds(place.verify(minimum={"*": 1, "fraud": 7})) == [("rolled_back", "")]
    assert kinds(place.verify(minimum={"fraud": 7, "*": 1})) == [("rolled_back", "")]


def test_an_older_release_does_not_come_back_after_a_newer_was_seen(place: Place) -> None:
    old = place.folder / "old.sig"
    place.sign(counter=1, out=old)
    (place.model / "weights.bin").write_bytes(b"new")
    place.sign(counter=2)
    assert place.verify(counters="seen.json").is_verified
    assert place.verify(counters="seen.json").is_verified
    (place.model / "weights.bin").write_bytes(FILES["weights.bin"])
    place.signature = old
    assert kinds(place.verify(counters="seen.json")) == [("rolled_back", "")]
    assert place.verify().is_verified


def test_a_counter_that_was_seen_with_other_files_is_refused(place: Place) -> None:
    place.sign(counter=2)
    assert place.verify(counters="seen.json").is_verified
    (place.model / "weights.bin").write_bytes(b"other")
    place.sign(counter=2)
    assert kinds(place.verify(counters="seen.json")) == [("rolled_back", "")]


def test_leaving_the_counter_out_does_not_help(place: Place) -> None:
    place.sign(counter=2)
    assert place.verify(counters="seen.json").is_verified
    place.sign()
    assert kinds(place.verify(counters="seen.json")) == [("rolled_back", "")]


def test_what_does_not_verify_raises_no_counter(place: Place) -> None:
    place.sign(counter=9)
    (place.model / "weights.bin").write_bytes(b"broken")
    assert kinds(place.verify(counters="seen.json")) == [("changed", "weights.bin")]
    assert not (place.folder / "seen.json").exists()


@pytest.mark.parametrize("content", ["", "{", '{"bartizan_counters": 1, "models": {"fraud": 3}}', "[]"])
def test_a_broken_file_of_counters_is_no_empty_one(place: Place, content: str) -> None:
    place.sign(counter=2)
    (place.folder / "seen.json").write_text(content)
    with pytest.raises(InputError, match=r"seen\.json"):
        place.verify(counters="seen.json")


def test_an_absent_signature_is_told(place: Place) -> None:
    found = place.verify()
    assert kinds(found) == [("signature_missing", "")]
    assert not found.is_verified


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_signature_that_was_cut_off_is_told(place: Place, share: float) -> None:
    place.sign()
    whole = place.signature.read_bytes()
    place.signature.write_bytes(whole[: int(len(whole) * share)])
    assert kinds(place.verify()) == [("signature_malformed", "")]


def test_a_signature_that_is_a_folder_or_a_pipe_is_told(place: Place) -> None:
    place.signature.mkdir()
    assert kinds(place.verify()) == [("signature_malformed", "")]
    place.signature.rmdir()
    os.mkfifo(place.signature)
    assert kinds(place.verify()) == [("signature_malformed", "")]


def test_an_absent_model_is_wrong_input(place: Place) -> None:
    place.sign()
    place.model = place.folder / "gone"
    with pytest.raises(InputError, match="no such file or folder"):
        place.verify()


# What a signature leaves out


def test_what_is_ignored_must_be_allowed_by_the_policy(place: Place) -> None:
    (place.model / "cache").mkdir()
    (place.model / "cache" / "a").write_bytes(b"1")
    place.sign(ignore=("cache",))
    found = place.verify()
    assert kinds(found) == [("ignored", "cache")]
    assert "cache/a" in found.flaws[0].what
    found = place.verify(ignore=["cache"])
    assert found.is_verified
    assert found.ignored == ("cache",)
    (place.model / "cache" / "b").write_bytes(b"2")
    assert place.verify(ignore=["ca*"]).is_verified
    assert not place.verify(ignore=["ache", "cache/a"]).is_verified


def test_an_ignored_path_is_refused_also_while_nothing_lies_there(place: Place) -> None:
    (place.model / "cache").write_bytes(b"1")
    place.sign(ignore=("cache",))
    (place.model / "cache").unlink()
    assert kinds(place.verify()) == [("ignored", "cache")]


def test_the_signature_may_lie_in_the_folder_and_nothing_else_in_its_place(place: Place) -> None:
    place.signature = place.model / "model.sig"
    place.sign()
    assert place.verify().is_verified
    elsewhere = place.folder / "moved.sig"
    elsewhere.write_bytes(place.signature.read_bytes())
    place.signature.write_bytes(b"import os")
    place.signature = elsewhere
    assert kinds(place.verify()) == [("ignored", "model.sig")]


def test_files_of_git_are_covered_though_plain_model_signing_leaves_them_out(place: Place) -> None:
    (place.model / ".gitattributes").write_bytes(b"*.bin filter=lfs")
    (place.model / ".github").mkdir()
    (place.model / ".github" / "x.yml").write_bytes(b"on: push")
    place.sign()
    assert place.verify().is_verified
    (place.model / ".gitattributes").write_bytes(b"")
    (place.model / ".github" / "y.yml").write_bytes(b"on: push")
    assert kinds(place.verify()) == [("changed", ".gitattributes"), ("ignored", ".github")]


# Links and what is no file


def test_links_are_refused_unless_the_policy_reads_them(place: Place) -> None:
    place.sign()
    weights = place.model / "weights.bin"
    weights.rename(place.model / "tokenizer" / "real.bin")
    weights.symlink_to("tokenizer/real.bin")
    assert ("link", "weights.bin") in kinds(place.verify())
    assert kinds(place.verify(links="inside")) == [("added", "tokenizer/real.bin")]


def test_a_link_that_leads_out_is_read_only_where_the_policy_says_so(place: Place) -> None:
    place.sign()
    weights, outside = place.model / "weights.bin", place.folder / "blob"
    weights.rename(outside)
    weights.symlink_to("../blob")
    assert kinds(place.verify()) == [("link", "weights.bin")]
    found = place.verify(links="inside")
    assert kinds(found) == [("link", "weights.bin")]
    assert "outside" in found.flaws[0].what
    assert place.verify(links="anywhere").is_verified
    outside.write_bytes(b"changed")
    assert kinds(place.verify(links="anywhere")) == [("changed", "weights.bin")]


@pytest.mark.parametrize("links", ["refuse", "inside", "anywhere"])
def test_links_to_folders_loops_and_nowhere_never_pass(place: Place, links: str) -> None:
    place.sign()
    (place.model / "up").symlink_to("..")
    (place.model / "self").symlink_to("self")
    (place.model / "nowhere").symlink_to("gone")
    assert kinds(place.verify(links=links)) == [("link", "nowhere"), ("link", "self"), ("link", "up")]


def test_pipes_and_sockets_are_told_and_never_waited_for(place: Place) -> None:
    place.sign()
    (place.model / "config.json").unlink()
    os.mkfifo(place.model / "config.json")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(place.model / "s"))
        found = place.verify()
    assert kinds(found) == [("unreadable", "config.json"), ("unreadable", "s")]
    assert "a pipe" in found.flaws[0].what
    assert "a socket" in found.flaws[1].what


def test_what_may_not_be_read_is_told() -> None:
    with open_folder() as folder:
        place = Place(folder)
        place.sign()
        assert place.verify().flaws == ()
        for part in (folder, *folder.rglob("*")):
            part.chmod(0o777)
        (place.model / "tokenizer").chmod(0)
        (place.model / "config.json").chmod(0)
        with nobody():
            found = kinds(place.verify())
    assert ("unreadable", "config.json") in found
    assert ("unreadable", "tokenizer") in found


def test_a_file_that_changes_while_it_is_read_is_not_verified(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.sign()
    weights = place.model / "weights.bin"
    real = tree._digests

    def meanwhile(read: Any, path: str, way: tree.Way) -> Any:
        made = real(read, path, way)
        if path == "weights.bin":
            weights.write_bytes(FILES["weights.bin"])
        return made

    monkeypatch.setattr(tree, "_digests", meanwhile)
    found = place.verify()
    assert kinds(found) == [("unreadable", "weights.bin")]
    assert "changed while it was read" in found.flaws[0].what


def test_a_model_that_is_a_pipe_is_told_and_not_waited_for(place: Place) -> None:
    place.model = place.model / "config.json"
    place.sign()
    place.model.unlink()
    os.mkfifo(place.model)
    assert kinds(place.verify()) == [("unreadable", ".")]


def test_what_is_not_authentic_is_not_verified_though_nothing_else_is_wrong() -> None:
    found = Verification(model="m", signature="s", day=DAY, policy="", flaws=())
    assert not found.is_verified


def test_too_many_files_and_too_deep_folders_end_the_look(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.sign()
    deep = place.model
    for _ in range(tree.MAX_DEPTH + 1):
        deep = deep / "d"
    deep.mkdir(parents=True)
    assert [kind for kind, _ in kinds(place.verify())] == ["unreadable"]
    monkeypatch.setattr(tree, "MAX_FILES", 2)
    assert "unreadable" in [kind for kind, _ in kinds(place.verify())]


def test_a_relative_path_and_a_link_to_the_model_itself_are_followed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.sign()
    monkeypatch.chdir(place.folder)
    (place.folder / "current").symlink_to("fraud")
    place.model = Path("current")
    assert place.verify().is_verified
