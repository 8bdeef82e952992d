"""Runtime model confidentiality: model files encrypted at rest, under a key that comes from elsewhere.

A sealed file is a header and chunks, each under AES-256-GCM. The key of a file is derived from the key and a random
salt. A chunk's nonce is its number and whether it is the last one, so chunks cannot be changed, left out, moved or
added unseen. Source: V. Hoang et al., Online authenticated-encryption and its nonce-reuse misuse-resistance, CRYPTO
2015 (STREAM). While a model runs it lies in clear in memory; that is for confidential computing to hide.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bartizan.core.errors import InputError, Problem

MAGIC = b"BZNSEAL1"
CHUNK = 1 << 20
"""Bytes of a model that are encrypted at once: memory does not grow with the file."""
_TAG, _SALT, _KEY = 16, 16, 32
_HEADER = len(MAGIC) + _SALT + 16


def new_key() -> str:
    """A key as text, from the operating system's randomness: what belongs into a variable or a key file."""
    return base64.b64encode(os.urandom(_KEY)).decode()


def key_from_variable(name: str) -> bytes:
    """The key in an environment variable. Raises InputError where there is none, or what is there is no key."""
    if name not in os.environ:
        _refuse(f"environment variable {name}", "it is not set", "set it to a key as `new_key` makes it")
    return _key(os.environ[name], f"environment variable {name}")


def key_from_file(file: Path, model: Path) -> bytes:
    """The key in a file. Raises InputError where it lies with the model that it opens, or others may read it."""
    key_place, model_place = Path(os.path.realpath(file)), Path(os.path.realpath(model))
    if key_place.is_relative_to(model_place.parent):
        _refuse(file, "the key lies in the model's own folder", "keep it where the model is not copied with it")
    try:
        if key_place.stat().st_mode & 0o077:
            _refuse(file, "others than its owner may read the key", "chmod 600")
        return _key(key_place.read_text("ascii", "replace"), str(file))
    except OSError as error:
        _refuse(file, f"cannot be read: {error.strerror}", "")


def seal(model: Path, sealed: Path, key: bytes) -> None:
    """Write the model's bytes encrypted, whole or not at all. The model itself is left as it is: delete it yourself."""
    salt = os.urandom(_SALT)
    cipher, proof = _opened(key, salt)
    header = MAGIC + salt + proof
    with _reading(model) as source, _replacing(sealed) as into:
        into.write(header)
        for number, (chunk, last) in enumerate(_chunks(source, CHUNK)):
            into.write(cipher.encrypt(_nonce(number, last), chunk, header))


def unseal(sealed: Path, model: Path, key: bytes) -> None:
    """Write the model in clear, for its owner alone to read, whole or not at all.

    Raises InputError for a wrong key and for a changed file.
    """
    with _reading(sealed) as source, _replacing(model) as into:
        for chunk in _clear(source, sealed, key):
            into.write(chunk)


def opened(sealed: Path, key: bytes) -> bytes:
    """The model in clear, in memory only. Raises InputError for a wrong key and for a changed file."""
    with _reading(sealed) as source:
        return b"".join(_clear(source, sealed, key))


def is_sealed(file: Path) -> bool:
    """Whether a file begins as sealed ones do."""
    with _reading(file) as source:
        return source.read(len(MAGIC)) == MAGIC


def _clear(source: BinaryIO, sealed: Path, key: bytes) -> Iterator[bytes]:
    header = source.read(_HEADER)
    if len(header) < _HEADER or not header.startswith(MAGIC):
        _refuse(sealed, "this is no sealed model", "seal it first, or name another file")
    salt, proof = header[len(MAGIC) : -16], header[-16:]
    cipher, expected = _opened(key, salt)
    if not hmac.compare_digest(proof, expected):
        _refuse(sealed, "this key does not open it", "take the key that it was sealed with")
    for number, (chunk, last) in enumerate(_chunks(source, CHUNK + _TAG)):
        try:
            yield cipher.decrypt(_nonce(number, last), chunk, header)
        except (InvalidTag, ValueError):
            place = f"from byte {number * CHUNK} of the model on"
            _refuse(sealed, f"the file was changed or cut off, {place}", "take a copy from where it was released")


def _opened(key: bytes, salt: bytes) -> tuple[AESGCM, bytes]:
    """The cipher of one file, and 16 bytes that show whether a key fits without giving it away."""
    derived = HKDF(algorithm=hashes.SHA256(), length=_KEY + 16, salt=salt, info=MAGIC).derive(key)
    return AESGCM(derived[:_KEY]), derived[_KEY:]


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">QxxxB", number, last)


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Chunks, and whether each is the last; of an empty file one empty chunk."""
    chunk = source.read(size)
    while True:
        following = source.read(size)
        yield chunk, not following
        if not following:
            return
        chunk = following


@contextmanager
def _reading(file: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("rb") as source:
            yield source
    except OSError as error:
        _refuse(file, f"cannot be read: {error.strerror}", "")


@contextmanager
def _replacing(file: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of the old one at the end, for the owner alone to read."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{file.name[:40]}.", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as into:
                yield into
            os.replace(temporary, file)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        _refuse(file, f"cannot be written: {error.strerror}", "choose another place")


def _key(text: str, place: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY:
        _refuse(place, "this is no key of 32 bytes in base64", "make one with `new_key`")
    return key


def _refuse(place: Path | str, finding: str, fix: str) -> NoReturn:
    raise InputError([Problem(file=str(place), finding=finding, fix=fix)])
