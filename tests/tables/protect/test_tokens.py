"""FF1 against the examples of NIST, and tokens that keep their format."""

from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.tables.protect.feistel import FF1
from bartizan.tables.protect.keys import Key
from bartizan.tables.protect.tokens import Tokens, Unfit

_K = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94")
_TEN = "39383736353433323130"
_LETTERS = "3737373770717273373737"
SAMPLES = (  # NIST, Block Cipher Modes of Operation, examples FF1samples.pdf, 1 to 9
    (16, 10, "", "0123456789", "2433477484"),
    (16, 10, _TEN, "0123456789", "6124200773"),
    (16, 36, _LETTERS, "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
    (24, 10, "", "0123456789", "2830668132"),
    (24, 10, _TEN, "0123456789", "2496655549"),
    (24, 36, _LETTERS, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
    (32, 10, "", "0123456789", "6657667009"),
    (32, 10, _TEN, "0123456789", "1001623463"),
    (32, 36, _LETTERS, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
)
KEY = Key(secret=bytes(range(32)))
_DIGITS = string.digits + string.ascii_lowercase


@pytest.mark.parametrize(("size", "radix", "tweak", "plain", "cipher"), SAMPLES)
def test_the_examples_of_nist_come_out(size: int, radix: int, tweak: str, plain: str, cipher: str) -> None:
    network = FF1(_K[:size], radix)
    turned = network.encrypt([_DIGITS.index(char) for char in plain], bytes.fromhex(tweak))
    assert "".join(_DIGITS[one] for one in turned) == cipher
    back = network.decrypt(turned, bytes.fromhex(tweak))
    assert "".join(_DIGITS[one] for one in back) == plain


@settings(max_examples=60)
@given(st.data(), st.sampled_from((2, 10, 26, 36, 256, 65536)), st.binary(max_size=40))
def test_what_is_encrypted_is_decrypted(data: st.DataObject, radix: int, tweak: bytes) -> None:
    least = next(n for n in range(2, 40) if radix**n >= 1_000_000)
    length = data.draw(st.integers(least, least + 60))
    rows = data.draw(st.lists(st.lists(st.integers(0, radix - 1), min_size=length, max_size=length), max_size=4))
    texts = np.array(rows, np.int64).reshape(-1, length)
    network = FF1(_K, radix)
    turned = network.encrypt_all(texts, tweak)
    assert (network.decrypt_all(turned, tweak) == texts).all()
    assert [network.encrypt(row, tweak) for row in rows] == turned.tolist()  # together as one by one


def test_small_domains_and_foreign_numerals_are_refused() -> None:
    for texts in ([[1, 2, 3]], [[10] * 8], [[-1] * 8]):
        with pytest.raises(ValueError, match=r"fewer than|numerals"):
            FF1(_K, 10).encrypt(texts[0])


def test_all_of_a_small_format_is_a_permutation() -> None:
    values = [f"{number:06d}" for number in range(1_000_000)]
    tokens = Tokens(KEY, "id").of(values)
    assert len(set(tokens)) == 1_000_000
    assert all(len(token) == 6 and token.isdigit() for token in tokens)


_FORMAT = st.text(alphabet=string.ascii_letters + string.digits + " -./@é", min_size=1, max_size=24)


@given(st.lists(_FORMAT, max_size=5))
def test_tokens_keep_the_format_and_come_back(values: list[str]) -> None:
    one = Tokens(KEY, "group")
    try:
        tokens = one.of(values)
    except Unfit as unfit:
        unfit_places = [place for places in unfit.reasons.values() for place in places]
        values = [value for place, value in enumerate(values) if place not in unfit_places]
        tokens = one.of(values)
    assert one.undone(tokens) == values
    for value, token in zip(values, tokens, strict=True):
        kinds = [(c.isdigit(), c.islower(), c.isupper()) for c in value]
        assert [(c.isdigit(), c.islower(), c.isupper()) for c in token] == kinds
        assert [c for c in token if not c.isalnum()] == [c for c in value if not c.isalnum()]


def test_groups_and_keys_give_other_tokens() -> None:
    values = ["4929-1234-5678-9012", "AB12 cd3456"]
    first = Tokens(KEY, "card").of(values)
    assert Tokens(KEY, "card").of(values) == first
    assert not set(first) & set(Tokens(KEY, "other").of(values))
    assert not set(first) & set(Tokens(Key(secret=bytes(range(1, 33))), "card").of(values))


@pytest.mark.parametrize(("value", "why"), [("12345", "fewer than"), ("Zürich-123456", "beyond ASCII"), ("", "fewer")])
def test_values_that_could_be_tried_out_or_would_show_are_refused(value: str, why: str) -> None:
    with pytest.raises(Unfit) as unfit:
        Tokens(KEY, "g").of(["1234567", value])
    assert [places for reason, places in unfit.value.reasons.items() if why in reason] == [[1]]
