"""Signing refuses what it should not sign, says why, and writes nothing then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bartizan.core.errors import InputError
from tests.supply.signing.making import Place, in_days, kinds, write_key, write_model


def refused(place: Place, **changes: Any) -> str:
    before = place.signature.read_bytes() if place.signature.is_file() else None
    with pytest.raises(InputError) as error:
        place.sign(**changes)
    assert (place.signature.read_bytes() if place.signature.is_file() else None) == before
    return str(error.value)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
        (rsa.generate_private_key(65537, 2048), "RSA"),
        (ec.generate_private_key(ec.SECP256K1()), "secp256k1"),
    ],
    ids=["ed25519", "rsa", "k1"],
)
def test_a_key_of_another_kind_is_refused_with_the_command_that_makes_one(place: Place, key: Any, said: str) -> None:
    place.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    text = refused(place)
    assert said in text
    assert "P-256, P-384 and P-521" in text
    assert "openssl ecparam -name prime256v1 -genkey" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "no private key"), (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "cannot be read")],
)
def test_what_is_no_key_is_told(place: Place, content: bytes, said: str) -> None:
    place.key.write_bytes(content)
    assert said in refused(place)


def test_the_public_half_is_told_from_the_private_one(place: Place) -> None:
    assert "public half" in refused(place, key=place.folder / "key.pub")


def test_an_encrypted_key_needs_its_passphrase_which_no_message_shows(place: Place) -> None:
    write_key(place.key, passphrase="correct horse")
    assert "BARTIZAN_KEY_PASSPHRASE" in refused(place)
    said = refused(place, passphrase="battery staple")
    assert "is not its passphrase" in said
    assert "staple" not in said
    place.sign(passphrase="correct horse")
    assert place.verify().is_verified


def test_a_passphrase_that_a_plain_key_does_not_need_does_no_harm(place: Place) -> None:
    place.sign(passphrase="x")
    assert place.verify().is_verified


def test_a_key_that_others_can_read_is_told(place: Place) -> None:
    assert not place.sign().is_key_open
    place.key.chmod(0o644)
    assert place.sign().is_key_open


def test_a_private_key_in_the_folder_is_never_signed_with_it(place: Place) -> None:
    write_key(place.model / "key.pem")
    assert "whoever gets the model would get the key" in refused(place, key=place.model / "key.pem")


def test_a_file_of_the_model_is_not_overwritten_by_its_signature(place: Place) -> None:
    place.signature = place.model / "weights.bin"
    assert "is no signature" in refused(place)


def test_signing_again_replaces_a_signature(place: Place) -> None:
    place.sign(counter=1)
    place.sign(counter=2)
    assert place.verify().counter == 2


def test_all_that_is_wrong_with_the_options_is_told_at_once(place: Place) -> None:
    said = refused(place, expires=in_days(-1), counter=-1, name="a\nb", chain=(place.key,))
    assert [one.split(":")[0] for one in said.split("\n")] == ["--chain", "--counter", "--expires", "--name"]


def test_an_empty_folder_is_nothing_to_sign(place: Place) -> None:
    place.model = place.folder / "empty"
    place.model.mkdir()
    assert "nothing to sign" in refused(place)


def test_links_pipes_and_names_that_do_not_print_are_all_told(place: Place) -> None:
    (place.model / "link").symlink_to("config.json")
    os.mkfifo(place.model / "pipe")
    (place.model / "a\nb").write_bytes(b"")
    (place.model / os.fsdecode(b"\xff")).write_bytes(b"")
    said = refused(place)
    assert len(said.split("\n")) == 4
    assert "it is a link to config.json" in said
    assert "a pipe" in said


def test_links_are_signed_as_the_files_that_they_lead_to(place: Place) -> None:
    (place.model / "link").symlink_to("config.json")
    place.sign(links="inside")
    assert place.verify(links="inside").is_verified
    assert kinds(place.verify()) == [("link", "link")]


def test_a_repository_of_git_is_signed_only_when_it_is_left_out_by_name(place: Place) -> None:
    (place.model / ".git").mkdir()
    (place.model / ".git" / "HEAD").write_bytes(b"ref")
    assert "--ignore .git" in refused(place)
    place.sign(ignore=(".git",))
    assert kinds(place.verify()) == [("ignored", ".git")]
    assert place.verify(ignore=[".git"]).is_verified


def test_patterns_leave_out_what_is_there_now_and_nothing_that_comes_later(place: Place) -> None:
    (place.model / "a.log").write_bytes(b"")
    (place.model / "tokenizer" / "b.log").write_bytes(b"")
    signed = place.sign(ignore=("*.log",))
    assert signed.ignored == ("a.log", "tokenizer/b.log")
    assert place.verify(ignore=["*.log"]).is_verified
    (place.model / "c.log").write_bytes(b"")
    assert kinds(place.verify(ignore=["*.log"])) == [("added", "c.log")]


@pytest.mark.parametrize("pattern", ["confog.json", "*.nothing", "", "..", "../key.pem"])
def test_ignoring_what_is_not_there_is_a_mistake(place: Place, pattern: str) -> None:
    assert "nothing in the folder is named" in refused(place, ignore=(pattern,))


def test_a_model_of_another_name_takes_that_of_its_folder(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write_model(place.folder / "spam"))
    place.model = Path()
    assert place.sign().name == "spam"
