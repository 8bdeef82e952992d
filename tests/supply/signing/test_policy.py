"""A trust policy is read whole: each mistake is told at its line, and none is taken for less trust or more."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bartizan.core.errors import InputError
from bartizan.supply.signing.keys import key_id, public_of
from bartizan.supply.signing.policy import read_trust
from tests.supply.signing.making import write_key, write_policy, write_root


def told(folder: Path, text: str) -> list[str]:
    """What reading this policy says, without the path of the file."""
    file = folder / "trust.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as error:
        read_trust(file)
    return [str(one).removeprefix(f"{file}:") for one in error.value.problems]


def test_a_policy_says_everything_that_is_wrong_with_it_at_its_line(tmp_path: Path) -> None:
    write_key(tmp_path / "key.pem")
    said = told(
        tmp_path,
        "bartizan_trust: 1\n"
        "keys:\n"
        "  - name: a\n"
        "    file: gone.pub\n"
        "    expires: 2027-13-01\n"
        "  - name: b\n"
        "    not_before: 2027-01-02\n"
        "    expires: 2027-01-01\n"
        "    id: abc\n"
        "revoked: [xyz]\n"
        "minimum: {fraud: -1}\n",
    )
    assert [one.split(":")[0] for one in said] == ["4", "5", "6", "8", "9", "10", "11"]
    assert "gone.pub: no such file" in said[0]
    assert "'file' or 'pem'" in said[2]


@pytest.mark.parametrize(
    ("line", "fix"),
    [("require: [expiri]", "expiry"), ("requires: [expiry]", "require"), ("links: follow", "refuse")],
)
def test_a_misspelling_is_an_error_with_the_nearest_word(tmp_path: Path, line: str, fix: str) -> None:
    write_key(tmp_path / "key.pem")
    (said,) = told(tmp_path, f"bartizan_trust: 1\nkeys: [{{name: a, file: key.pub}}]\n{line}\n")
    assert said.startswith("3: ")
    assert fix in said


def test_a_policy_that_trusts_nobody_is_wrong(tmp_path: Path) -> None:
    assert "nobody is trusted" in told(tmp_path, "bartizan_trust: 1\n")[0]


def test_an_authority_without_identities_is_wrong(tmp_path: Path) -> None:
    write_root(tmp_path, "root")
    text = "bartizan_trust: 1\ncertificates:\n  - name: a\n    file: root.pem\n"
    assert "identities" in told(tmp_path, text)[0]
    assert "nobody may sign" in told(tmp_path, f"{text}    identities: []\n")[0]


def test_an_id_pins_the_key_whatever_the_file_holds(tmp_path: Path) -> None:
    write_key(tmp_path / "key.pem")
    pinned = key_id(public_of((tmp_path / "key.pub").read_bytes()))
    policy = write_policy(tmp_path / "trust.yaml", keys=[{"name": "a", "file": "key.pub", "id": f"sha256:{pinned}"}])
    assert read_trust(policy).keys[0].id == pinned
    write_key(tmp_path / "key.pem")
    with pytest.raises(InputError, match="has the id"):
        read_trust(policy)


def test_a_key_may_stand_in_the_policy_itself(tmp_path: Path) -> None:
    write_key(tmp_path / "key.pem")
    policy = write_policy(tmp_path / "t.yaml", keys=[{"name": "a", "pem": (tmp_path / "key.pub").read_text()}])
    assert len(read_trust(policy).keys) == 1


def test_a_key_that_is_given_twice_is_wrong(tmp_path: Path) -> None:
    write_key(tmp_path / "key.pem")
    policy = write_policy(tmp_path / "t.yaml", keys=[{"name": one, "file": "key.pub"} for one in "ab"])
    with pytest.raises(InputError, match="given twice"):
        read_trust(policy)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (ed25519.Ed25519PrivateKey.generate(), "this is an Ed25519 key"),
        (rsa.generate_private_key(65537, 2048), "this is an RSA key"),
        (ec.generate_private_key(ec.SECP256K1()), "on secp256k1"),
    ],
    ids=["ed25519", "rsa", "k1"],
)
def test_keys_that_the_format_does_not_know_are_refused_by_what_they_are(
    tmp_path: Path, key: object, said: str
) -> None:
    public = key.public_key()  # type: ignore[attr-defined]
    (tmp_path / "key.pub").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(InputError, match=said):
        read_trust(write_policy(tmp_path / "trust.yaml"))


def test_a_private_key_in_place_of_a_public_one_is_told(tmp_path: Path) -> None:
    write_key(tmp_path / "key.pem")
    policy = write_policy(tmp_path / "trust.yaml", keys=[{"name": "a", "file": "key.pem"}])
    with pytest.raises(InputError, match="private key"):
        read_trust(policy)
