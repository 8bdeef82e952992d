"""FF1, format-preserving encryption by a Feistel network over AES.

Source: NIST SP 800-38G, Recommendation for Block Cipher Modes of Operation: Methods for Format-Preserving Encryption
(March 2016), algorithms 7 and 8; the smallest domain of 1,000,000 is that of its revision 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SMALLEST: Final = 1_000_000
"""Values that a domain must have: a smaller one is a code book that can be tried out."""
_ROUNDS: Final = 10
_WIDEST: Final = 1 << 47
"""Halves below this many values are counted in 64 bits, many texts at once."""


class FF1:
    """One key, one radix. Texts are sequences of numerals below the radix."""

    def __init__(self, key: bytes, radix: int) -> None:
        if not 2 <= radix <= 1 << 16:
            raise ValueError("a radix is 2 to 65536")
        self._ecb = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - single blocks, as the mode is defined
        self.radix = radix

    def encrypt(self, text: Sequence[int], tweak: bytes = b"") -> list[int]:
        """The text's cipher text: as many numerals, by a permutation of all texts of its length."""
        return self._many(np.asarray([text], np.int64), tweak, encrypt=True)[0].tolist()  # type: ignore[no-any-return]

    def decrypt(self, text: Sequence[int], tweak: bytes = b"") -> list[int]:
        """The text whose cipher text this is."""
        return self._many(np.asarray([text], np.int64), tweak, encrypt=False)[0].tolist()  # type: ignore[no-any-return]

    def encrypt_all(self, texts: npt.NDArray[np.int64], tweak: bytes = b"") -> npt.NDArray[np.int64]:
        """Texts of one length, shape (texts, numerals), each as `encrypt` would."""
        return self._many(texts, tweak, encrypt=True)

    def decrypt_all(self, texts: npt.NDArray[np.int64], tweak: bytes = b"") -> npt.NDArray[np.int64]:
        """Texts of one length, shape (texts, numerals), each as `decrypt` would."""
        return self._many(texts, tweak, encrypt=False)

    def _many(self, texts: npt.NDArray[np.int64], tweak: bytes, *, encrypt: bool) -> npt.NDArray[np.int64]:
        n = texts.shape[1]
        if self.radix**n < SMALLEST or n < 2:
            raise ValueError(f"{self.radix} to the power of {n} texts are fewer than {SMALLEST:,}")
        if texts.size and not (texts.min() >= 0 and texts.max() < self.radix):
            raise ValueError(f"numerals are 0 to {self.radix - 1}")
        u = n // 2
        v = n - u
        dtype: Any = np.int64 if self.radix**v < _WIDEST else object
        a, b = (_number(half, self.radix, dtype) for half in (texts[:, :u], texts[:, u:]))
        sizes = (self.radix**u, self.radix**v)  # of A at even and odd rounds
        for i in range(_ROUNDS) if encrypt else reversed(range(_ROUNDS)):
            size = sizes[i % 2]
            known = b if encrypt else a
            y = self._round(known, i, n, tweak, size)
            if encrypt:
                a, b = b, (a + y) % size
            else:
                a, b = (b - y) % size, a
        return np.hstack([_numerals(a, u, self.radix), _numerals(b, v, self.radix)])

    def _round(self, known: npt.NDArray[Any], i: int, n: int, tweak: bytes, size: int) -> npt.NDArray[Any]:
        """The round function's value, modulo `size`: steps 6 i to 6 vi."""
        u, v = n // 2, n - n // 2
        wide = -(-(self.radix**v - 1).bit_length() // 8)
        d = 4 * -(-wide // 4) + 4
        p = bytes([1, 2, 1]) + self.radix.to_bytes(3, "big") + bytes([10, u % 256])
        p += n.to_bytes(4, "big") + len(tweak).to_bytes(4, "big")
        head = tweak + bytes((-len(tweak) - wide - 1) % 16) + bytes([i])
        q = np.hstack([np.broadcast_to(np.frombuffer(head, np.uint8), (len(known), len(head))), _bytes(known, wide)])
        r = np.broadcast_to(np.frombuffer(self._aes(p), np.uint8), (len(known), 16))
        for at in range(0, q.shape[1], 16):
            r = self._blocks(r ^ q[:, at : at + 16])
        s = [r]
        for j in range(1, -(-d // 16)):
            s.append(self._blocks(r ^ np.frombuffer(j.to_bytes(16, "big"), np.uint8)))
        return _modulo(np.hstack(s)[:, :d], size, known.dtype)

    def _blocks(self, blocks: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        made = self._aes(np.ascontiguousarray(blocks).tobytes())
        return np.frombuffer(made, np.uint8).reshape(-1, 16)

    def _aes(self, blocks: bytes) -> bytes:
        return self._ecb.encryptor().update(blocks)


def _number(numerals: npt.NDArray[np.int64], radix: int, dtype: Any) -> npt.NDArray[Any]:
    """What each row says, the most significant numeral first."""
    found = np.zeros(len(numerals), dtype)
    for column in numerals.T:
        found = found * radix + column.astype(dtype)
    return found


def _numerals(numbers: npt.NDArray[Any], length: int, radix: int) -> npt.NDArray[np.int64]:
    found = np.zeros((len(numbers), length), np.int64)
    left = numbers
    for place in range(length - 1, -1, -1):
        found[:, place] = left % radix
        left = left // radix
    return found


def _bytes(numbers: npt.NDArray[Any], length: int) -> npt.NDArray[np.uint8]:
    """Each number in so many bytes, the most significant first."""
    return _numerals(numbers, length, 256).astype(np.uint8)


def _modulo(rows: npt.NDArray[np.uint8], size: int, dtype: Any) -> npt.NDArray[Any]:
    """The number that each row of bytes says, modulo `size`."""
    if dtype.kind == "O":
        return np.array([int.from_bytes(row.tobytes(), "big") % size for row in rows], object)
    found = np.zeros(len(rows), np.int64)
    pairs = rows.reshape(len(rows), rows.shape[1] // 2, 2).astype(np.int64)
    for at in range(pairs.shape[1]):
        found = (found * 65536 + pairs[:, at, 0] * 256 + pairs[:, at, 1]) % size
    return found
