"""Bitcoin addresses prove themselves by a hash or a polynomial."""

from __future__ import annotations

import hashlib

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def is_base58_address(text: str) -> bool:
    """Base58Check: 25 bytes, the last four of which begin the double SHA-256 of the others."""
    number = 0
    for one in text:
        number = number * 58 + _BASE58.index(one)
    if number.bit_length() > 200:
        return False
    decoded = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(decoded[:21]).digest()).digest()[:4] == decoded[21:]


def is_bech32_address(text: str) -> bool:
    """Bech32 and Bech32m (BIP 173, BIP 350), of Bitcoin's main network."""
    values = [3, 3, 0, 2, 3] + [_BECH32.index(one) for one in text[3:]]
    state = 1
    for value in values:
        top, state = state >> 25, (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            state ^= generator if top >> bit & 1 else 0
    return state in {1, 0x2BC830A3}
