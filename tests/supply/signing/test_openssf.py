"""What we sign plain model-signing verifies, and what it signs we do; each tells what was changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bartizan.core.extras import need
from tests.supply.signing.making import Place, in_days, kinds, write_certificate, write_key, write_root

hashing, signing, verifying = (need(f"model_signing.{name}") for name in ("hashing", "signing", "verifying"))


def plainly_verified(place: Place, config: Any = None) -> None:
    """Raises ValueError where plain model-signing does not verify."""
    plain = verifying.Config().use_elliptic_key_verifier(public_key=place.folder / "key.pub")
    if config is not None:
        plain.set_hashing_config(config)
    plain.verify(place.model, place.signature)


def plainly_signed(place: Place, config: Any = None) -> None:
    plain = signing.Config().use_elliptic_key_signer(private_key=place.key)
    if config is not None:
        plain.set_hashing_config(config)
    plain.sign(place.model, place.signature)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda one: one.name)
def test_plain_model_signing_verifies_ours_with_all_claims(place: Place, curve: ec.EllipticCurve) -> None:
    write_key(place.key, curve)
    place.sign(expires=in_days(365), counter=7, name="fraud-model")
    plainly_verified(place)
    (place.model / "weights.bin").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"weights\.bin"):
        plainly_verified(place)


def test_its_command_verifies_ours(place: Place) -> None:
    place.sign(counter=1)
    command = [sys.executable, "-m", "model_signing", "verify", "key", str(place.model)]
    options = ["--signature", str(place.signature), "--public_key", str(place.folder / "key.pub")]
    assert subprocess.run([*command, *options], check=False, capture_output=True).returncode == 0
    (place.model / "new").write_bytes(b"")
    assert subprocess.run([*command, *options], check=False, capture_output=True).returncode == 1


def test_it_verifies_ours_with_files_of_git_and_the_signature_in_the_folder(place: Place) -> None:
    (place.model / ".gitattributes").write_bytes(b"x")
    (place.model / "cache").write_bytes(b"x")
    place.signature = place.model / "model.sig"
    place.sign(ignore=("cache",))
    plainly_verified(place)
    assert place.verify(ignore=["cache"]).is_verified


def test_it_verifies_ours_of_a_single_file(place: Place) -> None:
    place.model = place.model / "weights.bin"
    place.sign(counter=3)
    plainly_verified(place)


def test_it_verifies_our_certificates(place: Place, tmp_path: Path) -> None:
    write_root(tmp_path, "root")
    write_certificate(tmp_path, "leaf", "root")
    place.sign(key=tmp_path / "leaf.key", certificate=tmp_path / "leaf.pem", chain=(tmp_path / "root.pem",))
    plain = verifying.Config().use_certificate_verifier(certificate_chain=[tmp_path / "root.pem"])
    plain.verify(place.model, place.signature)


@pytest.mark.parametrize(
    "config",
    [
        hashing.Config(),
        hashing.Config().use_file_serialization(hashing_algorithm="blake2"),
        hashing.Config().use_file_serialization(hashing_algorithm="blake3"),
        hashing.Config().use_shard_serialization(shard_size=100_000),
        hashing.Config().use_shard_serialization(hashing_algorithm="blake2", shard_size=1 << 20),
    ],
    ids=["sha256", "blake2", "blake3", "parts", "parts of blake2"],
)
def test_we_verify_what_it_signs_by_a_policy_that_asks_for_no_claims(place: Place, config: Any) -> None:
    weights = bytearray(250_000)
    (place.model / "weights.bin").write_bytes(weights)
    plainly_signed(place, config)
    found = place.verify()
    assert found.is_verified, found.flaws
    assert (found.name, found.signed_on, found.counter) == ("fraud", "", None)
    weights[200_000] = 1
    (place.model / "weights.bin").write_bytes(weights)
    assert kinds(place.verify()) == [("changed", "weights.bin")]
    (place.model / "weights.bin").write_bytes(bytes(300_000))
    assert kinds(place.verify()) == [("changed", "weights.bin")]
    (place.model / "weights.bin").write_bytes(bytes(100_000))
    assert kinds(place.verify()) == [("changed", "weights.bin")]


def test_a_file_that_grew_by_a_whole_part_is_changed(place: Place) -> None:
    (place.model / "weights.bin").write_bytes(bytes(200_000))
    plainly_signed(place, hashing.Config().use_shard_serialization(shard_size=100_000))
    assert place.verify().is_verified
    (place.model / "weights.bin").write_bytes(bytes(300_000))
    assert kinds(place.verify()) == [("changed", "weights.bin")]


def test_what_it_signs_lacks_what_a_policy_may_ask_for(place: Place) -> None:
    plainly_signed(place)
    found = place.verify(require=["expiry", "counter"])
    assert kinds(found) == [("claim_missing", ""), ("claim_missing", "")]


def test_we_see_the_file_that_it_lets_pass_under_an_ignored_path(place: Place) -> None:
    (place.model / "cache").mkdir()
    (place.model / "cache" / "a").write_bytes(b"")
    plainly_signed(place, hashing.Config().set_ignored_paths(paths=["cache"]))
    (place.model / "cache" / "evil.py").write_bytes(b"import os")
    plainly_verified(place)
    assert kinds(place.verify()) == [("ignored", "cache")]


def test_we_see_the_file_that_it_lets_pass_among_those_of_git(place: Place) -> None:
    plainly_signed(place)
    assert place.verify().is_verified
    (place.model / ".github").mkdir()
    (place.model / ".github" / "evil.py").write_bytes(b"import os")
    plainly_verified(place)
    assert kinds(place.verify()) == [("ignored", ".github")]


def test_we_see_the_linked_folder_that_it_does_not_look_into(place: Place) -> None:
    following = hashing.Config().set_allow_symlinks(True)
    plainly_signed(place, following)
    outside = place.folder / "outside"
    outside.mkdir()
    (outside / "evil.py").write_bytes(b"import os")
    (place.model / "lib").symlink_to(outside)
    plainly_verified(place, following)
    assert kinds(place.verify(links="anywhere")) == [("link", "lib")]
