"""All operations of pickles, protocols 0 to 5: how they are encoded, and which ones the fast loop reads."""

from __future__ import annotations

from typing import Final

MARK: Final = 0x28
STOP: Final = 0x2E
POP: Final = 0x30
POP_MARK: Final = 0x31
DUP: Final = 0x32
FLOAT: Final = 0x46
INT: Final = 0x49
BININT: Final = 0x4A
BININT1: Final = 0x4B
LONG: Final = 0x4C
BININT2: Final = 0x4D
NONE: Final = 0x4E
PERSID: Final = 0x50
BINPERSID: Final = 0x51
REDUCE: Final = 0x52
STRING: Final = 0x53
BINSTRING: Final = 0x54
SHORT_BINSTRING: Final = 0x55
UNICODE: Final = 0x56
BINUNICODE: Final = 0x58
APPEND: Final = 0x61
BUILD: Final = 0x62
GLOBAL: Final = 0x63
DICT: Final = 0x64
APPENDS: Final = 0x65
GET: Final = 0x67
BINGET: Final = 0x68
INST: Final = 0x69
LONG_BINGET: Final = 0x6A
LIST: Final = 0x6C
OBJ: Final = 0x6F
PUT: Final = 0x70
BINPUT: Final = 0x71
LONG_BINPUT: Final = 0x72
SETITEM: Final = 0x73
TUPLE: Final = 0x74
SETITEMS: Final = 0x75
BINFLOAT: Final = 0x47
EMPTY_TUPLE: Final = 0x29
EMPTY_LIST: Final = 0x5D
EMPTY_DICT: Final = 0x7D
BINBYTES: Final = 0x42
SHORT_BINBYTES: Final = 0x43
PROTO: Final = 0x80
NEWOBJ: Final = 0x81
EXT1: Final = 0x82
EXT2: Final = 0x83
EXT4: Final = 0x84
TUPLE1: Final = 0x85
TUPLE2: Final = 0x86
TUPLE3: Final = 0x87
NEWTRUE: Final = 0x88
NEWFALSE: Final = 0x89
LONG1: Final = 0x8A
LONG4: Final = 0x8B
SHORT_BINUNICODE: Final = 0x8C
BINUNICODE8: Final = 0x8D
BINBYTES8: Final = 0x8E
EMPTY_SET: Final = 0x8F
ADDITEMS: Final = 0x90
FROZENSET: Final = 0x91
NEWOBJ_EX: Final = 0x92
STACK_GLOBAL: Final = 0x93
MEMOIZE: Final = 0x94
FRAME: Final = 0x95
BYTEARRAY8: Final = 0x96
NEXT_BUFFER: Final = 0x97
READONLY_BUFFER: Final = 0x98

HIGHEST: Final = 5
"""The newest protocol."""
LONGEST: Final = 2 + 255
"""Bytes of an operation that the fast loop reads, at most."""

PLAIN: Final = {
    BININT: 5,
    BININT1: 2,
    BININT2: 3,
    NONE: 1,
    BINFLOAT: 9,
    EMPTY_TUPLE: 1,
    EMPTY_LIST: 1,
    EMPTY_DICT: 1,
    EMPTY_SET: 1,
    NEWTRUE: 1,
    NEWFALSE: 1,
}
"""Operations that push one value, with their whole length."""
SHORT: Final = frozenset({SHORT_BINUNICODE, SHORT_BINSTRING, SHORT_BINBYTES, LONG1})
"""Operations that push what a byte gives the length of."""
LENGTHS: Final = {BINSTRING: 4, BINUNICODE: 4, BINBYTES: 4, LONG4: 4, BINUNICODE8: 8, BINBYTES8: 8, BYTEARRAY8: 8}
"""Operations that push what a longer number gives the length of, with the bytes of that number."""
SIGNED: Final = frozenset({BINSTRING, LONG4})
LINES: Final = frozenset({INT, LONG, FLOAT, STRING, UNICODE})
"""Operations that push what stands up to the end of the line."""
TEXTS: Final = frozenset({STRING, BINSTRING, SHORT_BINSTRING, UNICODE, BINUNICODE, SHORT_BINUNICODE, BINUNICODE8})
"""What becomes a string in Python 3, and so may name something."""
BYTES: Final = frozenset({BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8})

# The kinds of the fast loop, the most frequent first: it compares from the top.
K_PLAIN, K_SHORT, K_MEMOIZE, K_BINGET, K_BINPUT, K_MARK, K_CLOSE, K_TUPLE, K_LONG, K_APPEND, K_SLOW = range(11)


def _kinds() -> bytes:
    kinds = bytearray([K_SLOW] * 256)
    for codes, kind in (
        (PLAIN, K_PLAIN),
        (SHORT, K_SHORT),
        ((MEMOIZE,), K_MEMOIZE),
        ((BINGET, LONG_BINGET), K_BINGET),
        ((BINPUT, LONG_BINPUT), K_BINPUT),
        ((MARK,), K_MARK),
        ((APPENDS, SETITEMS, ADDITEMS), K_CLOSE),
        ((TUPLE1, TUPLE2, TUPLE3), K_TUPLE),
        ((BINUNICODE, BINBYTES), K_LONG),
        ((APPEND,), K_APPEND),
    ):
        for code in codes:
            kinds[code] = kind
    return bytes(kinds)


KINDS: Final = _kinds()
SIZES: Final = bytes(PLAIN.get(code, 0) for code in range(256))
