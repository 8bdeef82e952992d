"""A sum that nobody can take apart: the server learns the total of its clients' updates, and no single one.

Each two clients agree on a secret that the server does not learn and stretch it to a mask; one adds it, the other takes
it away. Updates are fixed-point integers and everything is counted modulo 2^64, so a masked update is uniform to
whoever lacks the secrets, and the masks leave the sum exactly.

Source: K. Bonawitz et al., Practical secure aggregation for privacy-preserving machine learning, CCS 2017, section 4
(masking with one-time pads). Their recovery from drop-outs is left out: all clients run in this process, and none
drops out. Nor does it stop a server that lies about public keys: in a real federation clients sign them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from bartizan.targets.predictor import Unsuitable

BITS = 24
"""After the point: a value is kept to 2^-25, about 3e-8."""

Words = NDArray[np.uint64]


def encode(values: NDArray[np.float64], parties: int) -> Words:
    """Values as fixed-point integers modulo 2^64.

    Raises Unsuitable where a value is no number, or so large that the sum of ``parties`` of them could wrap.
    """
    largest = 2.0 ** (63 - BITS) / max(1, parties)
    if not np.isfinite(values).all() or np.abs(values).max(initial=0.0) >= largest:
        raise Unsuitable(f"an update holds values that are no numbers or beyond {largest:.3g}: its sum would wrap")
    return np.rint(values * 2.0**BITS).astype(np.int64).view(np.uint64)


def decode(words: Words) -> NDArray[np.float64]:
    """The values that such integers stand for."""
    return words.view(np.int64).astype(np.float64) / 2.0**BITS


class MaskingClient:
    """One holder of data: it has a key of its own, and hands out its public half and masked updates only."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._key = X25519PrivateKey.generate()

    @property
    def public(self) -> bytes:
        """What the others need in order to agree on a mask with this client; 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def masked(self, update: Words, publics: Mapping[int, bytes], round_: int) -> Words:
        """The update plus one mask for each other client, modulo 2^64; same shape. A mask serves one round only."""
        total = update.copy()
        for other, public in publics.items():
            if other != self.number:
                mask = self._mask(public, round_, len(update))
                total = total + mask if self.number < other else total - mask
        return total

    def _mask(self, public: bytes, round_: int, length: int) -> Words:
        shared = self._key.exchange(X25519PublicKey.from_public_bytes(public))
        info = b"bartizan secure sum, round %d" % round_
        key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(shared)
        stream = Cipher(algorithms.ChaCha20(key, bytes(16)), mode=None).encryptor().update(bytes(8 * length))
        return np.frombuffer(stream, np.uint64)


def masked_updates(updates: Sequence[NDArray[np.float64]], round_: int = 0) -> list[Words]:
    """What the server sees: every update under its masks. Fewer than two clients have nobody to hide behind."""
    if len(updates) < 2:
        raise Unsuitable("a secure sum needs two clients or more: the sum of one update is that update")
    clients = [MaskingClient(number) for number in range(len(updates))]
    publics = {client.number: client.public for client in clients}
    return [
        client.masked(encode(update, len(updates)), publics, round_)
        for client, update in zip(clients, updates, strict=True)
    ]


def secure_sum(updates: Sequence[NDArray[np.float64]], round_: int = 0) -> NDArray[np.float64]:
    """The sum of all updates, exact for their fixed-point values; keys are drawn anew and do not change it."""
    total = np.zeros(len(updates[0]), np.uint64) if updates else np.zeros(0, np.uint64)
    for words in masked_updates(updates, round_):
        total = total + words
    return decode(total)
