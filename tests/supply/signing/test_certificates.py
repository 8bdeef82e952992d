"""Certificates made by openssl: who vouches for whom, for what, and when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bartizan.core.errors import InputError
from bartizan.core.extras import need
from bartizan.supply.signing.verification import Verification
from tests.supply.signing.making import AUTHORITY, Place, in_days, kinds, write_certificate, write_root


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    write_root(folder, "company")
    write_root(folder, "stranger")
    write_certificate(folder, "department", "company", AUTHORITY, curve="P-384")
    write_certificate(folder, "release-bot", "department", curve="P-384")
    write_certificate(folder, "server", "company", "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n")
    write_certificate(folder, "mute", "company", "basicConstraints=CA:FALSE\n")
    write_certificate(folder, "cipher", "company", "keyUsage=keyEncipherment\n")
    write_certificate(
        folder, "mail", "company", "keyUsage=digitalSignature\nsubjectAltName=email:release@example.org\n"
    )
    write_certificate(folder, "short", "company", days=2)
    return folder


def sign(place: Place, papers: Path, name: str, *chain: str) -> None:
    files = tuple(papers / f"{one}.pem" for one in chain)
    place.sign(key=papers / f"{name}.key", certificate=papers / f"{name}.pem", chain=files)


def verify(place: Place, papers: Path, root: str = "company", day: str = "", **fields: Any) -> Verification:
    entry = {"name": root, "file": str(papers / f"{root}.pem"), "identities": ["*"], **fields}
    return place.verify(certificates=[entry], **({"day": day} if day else {}))


def test_a_chain_up_to_a_trusted_root_is_verified_with_or_without_the_root_in_it(place: Place, papers: Path) -> None:
    for chain in (("department",), ("department", "company"), ("company", "department")):
        sign(place, papers, "release-bot", *chain)
        found = verify(place, papers)
        assert found.is_verified, found.flaws
        assert (found.signer, found.identity) == ("company", "CN=release-bot")


def test_a_department_may_be_trusted_in_place_of_the_root(place: Place, papers: Path) -> None:
    sign(place, papers, "release-bot")
    assert verify(place, papers, "department").is_verified


def test_a_chain_with_a_gap_or_to_a_stranger_is_not_believed(place: Place, papers: Path) -> None:
    sign(place, papers, "release-bot")
    assert kinds(verify(place, papers)) == [("certificate", "")]
    sign(place, papers, "release-bot", "department")
    found = verify(place, papers, "stranger")
    assert kinds(found) == [("certificate", "")]
    assert not found.is_authentic


def test_a_policy_of_keys_alone_believes_no_certificate(place: Place, papers: Path) -> None:
    sign(place, papers, "release-bot", "department")
    assert kinds(place.verify()) == [("certificate", "")]


def test_only_those_who_are_named_may_sign(place: Place, papers: Path) -> None:
    sign(place, papers, "release-bot", "department")
    assert verify(place, papers, identities=["CN=release-*"]).is_verified
    assert kinds(verify(place, papers, identities=["CN=other"])) == [("certificate", "")]
    sign(place, papers, "mail")
    assert verify(place, papers, identities=["release@example.org"]).is_verified


def test_a_certificate_whose_time_is_over_is_believed_only_where_the_day_of_signing_counts(
    place: Place, papers: Path
) -> None:
    sign(place, papers, "short")
    assert verify(place, papers).is_verified
    late = verify(place, papers, day=in_days(190))
    assert kinds(late) == [("certificate", "")]
    assert "expired" in late.flaws[0].what
    assert verify(place, papers, day=in_days(190), valid="when-signed").is_verified


def test_an_authority_holds_within_its_own_days_and_for_its_models(place: Place, papers: Path) -> None:
    sign(place, papers, "release-bot", "department")
    assert kinds(verify(place, papers, expires=in_days(-1))) == [("key_expired", "")]
    assert kinds(verify(place, papers, signs=["spam"])) == [("name", "")]


@pytest.mark.parametrize("name", ["server", "mute", "cipher"])
def test_a_certificate_that_is_not_for_signing_does_not_sign(place: Place, papers: Path, name: str) -> None:
    with pytest.raises(InputError, match="may not sign"):
        sign(place, papers, name)


def test_the_certificate_of_a_server_is_not_believed_though_plain_model_signing_takes_it(
    place: Place, papers: Path
) -> None:
    signer = (
        need("model_signing.signing")
        .Config()
        .use_certificate_signer(
            private_key=papers / "server.key",
            signing_certificate=papers / "server.pem",
            certificate_chain=[papers / "company.pem"],
        )
    )
    signer.sign(place.model, place.signature)
    found = verify(place, papers)
    assert kinds(found) == [("certificate", "")]
    assert "codeSigning" in found.flaws[0].what


def test_a_certificate_of_another_key_is_refused_when_signing(place: Place, papers: Path) -> None:
    with pytest.raises(InputError, match="not that of the private key"):
        place.sign(certificate=papers / "mail.pem")


@pytest.mark.parametrize("day", ["2020-01-01", "2090-01-01"])
def test_a_certificate_signs_only_within_its_days(place: Place, papers: Path, day: str) -> None:
    with pytest.raises(InputError, match="the certificate holds from"):
        place.sign(key=papers / "mail.key", certificate=papers / "mail.pem", day=day)


def test_a_chain_with_strangers_is_refused_when_signing_and_when_verifying(place: Place, papers: Path) -> None:
    with pytest.raises(InputError, match="no part of the certificate's chain"):
        sign(place, papers, "mail", "stranger")
    sign(place, papers, "release-bot", "department")
    bundle = json.loads(place.signature.read_text())
    chain = bundle["verificationMaterial"]["x509CertificateChain"]["certificates"]
    sign(place, papers, "mail", "company")
    other = json.loads(place.signature.read_text())["verificationMaterial"]["x509CertificateChain"]["certificates"]
    chain.append(other[0])
    place.signature.write_text(json.dumps(bundle))
    found = verify(place, papers)
    assert kinds(found) == [("certificate", "")]
    assert "no part of the chain" in found.flaws[0].what


def test_a_certificate_that_is_garbage_is_told(place: Place, papers: Path) -> None:
    sign(place, papers, "mail")
    bundle = json.loads(place.signature.read_text())
    bundle["verificationMaterial"]["x509CertificateChain"]["certificates"][0]["rawBytes"] = "AAAA"
    place.signature.write_text(json.dumps(bundle))
    assert kinds(verify(place, papers)) == [("certificate", "")]


def test_a_revoked_key_is_refused_whatever_its_certificate_says(place: Place, papers: Path) -> None:
    sign(place, papers, "mail")
    entry = {"name": "company", "file": str(papers / "company.pem"), "identities": ["*"]}
    key = place.verify(certificates=[entry]).key
    assert kinds(place.verify(certificates=[entry], revoked=[key])) == [("key_revoked", "")]
