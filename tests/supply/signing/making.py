"""Keys, certificates, models and policies for the tests of signatures; all real, none committed."""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bartizan.supply.signing.policy import read_trust
from bartizan.supply.signing.signing import Order, Signed, sign
from bartizan.supply.signing.verification import Verification
from bartizan.supply.signing.verifying import verify


def in_days(count: int) -> str:
    """The day so many days from today (UTC): certificates that openssl makes begin now."""
    return (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=count)).isoformat()


DAY = in_days(0)
FILES = {"weights.bin": b"\x00\x01" * 500, "config.json": b"{}", "tokenizer/vocab.txt": b"a\nb\n"}


def write_key(file: Path, curve: ec.EllipticCurve | None = None, passphrase: str = "") -> Path:
    """A private key in PEM; its public half lies beside it with the ending .pub."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
    file.chmod(0o600)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    file.with_suffix(".pub").write_bytes(public)
    return file


def write_model(folder: Path) -> Path:
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_policy(file: Path, **fields: Any) -> Path:
    """A policy; without keys or certificates it trusts key.pub beside it for everything."""
    if "keys" not in fields and "certificates" not in fields:
        fields["keys"] = [{"name": "release", "file": "key.pub"}]
    file.write_text(yaml.safe_dump({"bartizan_trust": 1, **fields}, sort_keys=False))
    return file


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


CODE_SIGNING = "keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nbasicConstraints=CA:FALSE\n"
AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"


def write_root(folder: Path, name: str, days: int = 3000) -> None:
    """An authority: NAME.key and NAME.pem, made by openssl."""
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", days,
        "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem",
    )  # fmt: skip


def write_certificate(
    folder: Path, name: str, issuer: str, extensions: str = CODE_SIGNING, curve: str = "P-256", days: int = 2000
) -> None:
    """A certificate that an authority issues: NAME.key and NAME.pem, made by openssl."""
    request, extra = folder / f"{name}.csr", folder / f"{name}.ext"
    extra.write_text(extensions)
    openssl(
        "req", "-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-nodes", "-subj", f"/CN={name}",
        "-keyout", folder / f"{name}.key", "-out", request,
    )  # fmt: skip
    openssl(
        "x509", "-req", "-in", request, "-CA", folder / f"{issuer}.pem", "-CAkey", folder / f"{issuer}.key",
        "-CAcreateserial", "-days", days, "-extfile", extra, "-out", folder / f"{name}.pem",
    )  # fmt: skip


class Place:
    """A folder with a key, a model and room for signatures and policies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = write_key(folder / "key.pem")
        self.model = write_model(folder / "fraud")
        self.signature = folder / "fraud.sig"

    def sign(self, **changes: Any) -> Signed:
        passphrase = changes.pop("passphrase", None)
        fields: dict[str, Any] = {"model": self.model, "key": self.key, "out": self.signature, "day": DAY}
        return sign(Order(**(fields | changes)), passphrase)

    def verify(self, *, day: str = DAY, name: str = "", **policy: Any) -> Verification:
        trust = read_trust(write_policy(self.folder / "trust.yaml", **policy))
        return verify(self.model, self.signature, trust, day=day, name=name)

    def trusting(self, **fields: Any) -> list[dict[str, Any]]:
        """The keys of a policy that trusts the key with these limits."""
        return [{"name": "release", "file": "key.pub", **fields}]


def kinds(found: Verification) -> list[tuple[str, str]]:
    """(kind, path) of all flaws."""
    return [(flaw.kind, flaw.path) for flaw in found.flaws]
