"""Key pairs for checkpoints, as PEM files; and writing of files that nobody else may read or that are very long."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from bartizan.core.errors import InputError, Problem, printable
from bartizan.core.source import refuse_existing

_LARGEST_KEY = 65_536


def make_pair() -> tuple[bytes, bytes]:
    """A new private key and its public one, as PEM."""
    private = Ed25519PrivateKey.generate()
    return (
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


def read_private(file: Path) -> Ed25519PrivateKey:
    """A private key from a PEM file without a password. Raises InputError."""
    try:
        key = load_pem_private_key(_read(file), None)
    except TypeError:
        raise _wrong(file, "this key is locked with a password", "unlock it: openssl pkey -in FILE -out NEW") from None
    except (ValueError, UnsupportedAlgorithm):
        raise _wrong(file, "this is no private key", "make one with: bartizan audit key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _wrong(file, "this is a key of another kind than Ed25519", "make one with: bartizan audit key")
    return key


def read_public(file: Path) -> str:
    """A public key from a PEM file, as base64 of its 32 bytes. Raises InputError."""
    try:
        key = load_pem_public_key(_read(file))
    except (ValueError, UnsupportedAlgorithm):
        raise _wrong(file, "this is no public key", "give the file that ends with .pub") from None
    if not isinstance(key, Ed25519PublicKey):
        raise _wrong(file, "this is a key of another kind than Ed25519", "give one that `bartizan audit key` made")
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def write_pair(file: Path) -> Path:
    """Make a key pair: the private key in `file`, for its owner only, the public one beside it; gives that one's path.

    Nothing is ever overwritten: whoever lost a key could not sign again as the same. Raises InputError.
    """
    beside = file.with_name(f"{file.name}.pub")
    for path in (file, beside):
        refuse_existing(path)
    private, public = make_pair()
    _place(beside, public, 0o644)
    try:
        _place(file, private, 0o600)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return beside


def write_lines(file: Path, lines: Iterable[bytes]) -> None:
    """Write a long file whole or not at all, without having it in memory. Raises InputError."""
    part = None
    path = Path(os.path.realpath(file))
    try:
        if path.exists() and not path.is_file():
            raise _wrong(file, "there is something else than a file here", "name a file with -o")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(lines)
        os.replace(part, path)
    except (OSError, ValueError) as error:
        raise _unwritable(file, error) from None
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)


def _place(path: Path, content: bytes, mode: int) -> None:
    """Write a new file; from its first moment it is whole and nobody else's to read, and it replaces none."""
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(part).chmod(mode)
        os.link(part, path)  # unlike a renaming, it fails where there is a file
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_LARGEST_KEY)
    except OSError as error:
        raise _wrong(file, f"cannot be read: {error.strerror or error}", "") from None


def _wrong(file: Path, finding: str, fix: str) -> InputError:
    return InputError([Problem(file=printable(str(file)), finding=finding, fix=fix)])


def _unwritable(file: Path, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error)
    return _wrong(file, f"cannot be written: {reason}", "choose another place with -o")
