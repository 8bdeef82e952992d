"""Read whatever came back: which kind of file it is, is seen from its first bytes, never from its name."""

from __future__ import annotations

from bartizan.core.errors import InputError, Problem
from bartizan.report.exchange import csv_table, register_json, workbook
from bartizan.report.exchange.incoming import Incoming

MAX_BYTES = 50_000_000
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"


def read(content: bytes, file: str) -> Incoming:
    """The tables of a file that came back: CSV, a workbook, or the register's own JSON.

    Raises InputError with all that is wrong with its form. `file` is what messages call it.
    """
    if len(content) > MAX_BYTES:
        finding = f"larger than {MAX_BYTES // 1_000_000} MB"
        raise InputError([Problem(file=file, finding=finding, fix="split it by system")])
    if content.startswith(_ZIP):
        return workbook.read(content, file)
    if content.startswith(_OLE):
        finding = "an old Excel file, or one with a password"
        raise InputError([Problem(file=file, finding=finding, fix="save it as .xlsx without a password")])
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise InputError([Problem(file=file, finding="the file is empty", fix="export it again")])
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return register_json.read(content, file)
    return csv_table.read(content, file)
