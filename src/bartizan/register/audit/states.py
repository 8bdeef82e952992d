"""Are the rows what the chain says they are? Each protected row against the digest that its last change left."""

from __future__ import annotations

from sqlalchemy import Connection, LargeBinary, Table, select
from sqlalchemy.exc import DBAPIError

from bartizan.core.errors import printable
from bartizan.register.audit.faults import Faults
from bartizan.register.change import PROTECTED, key_of, row_state, subject_of

_AT_ONCE = 1000
_AT_ONCE_LARGE = 20


def compare_rows(connection: Connection, states: dict[str, tuple[str, int]], faults: Faults) -> int:
    """Compare all rows with what the entries said last; gives how many. Uses up `states`."""
    count = sum(_compare_table(connection, table, states, faults) for table in PROTECTED)
    protected = {table.name for table in PROTECTED}
    for subject, (state, seq) in states.items():
        if state and subject.partition("/")[0] in protected:
            faults.add(f"{printable(subject)} is gone, but no entry after {seq} says that it was deleted")
    return count


def _compare_table(connection: Connection, table: Table, states: dict[str, tuple[str, int]], faults: Faults) -> int:
    large = any(isinstance(column.type, LargeBinary) for column in table.c)
    question = select(table).execution_options(yield_per=_AT_ONCE_LARGE if large else _AT_ONCE)
    count = 0
    try:
        for found in connection.execute(question).mappings():
            count += 1
            row = dict(found)
            subject = subject_of(table, key_of(table, row))
            state, seq = states.pop(subject, ("", 0))
            if row_state(table, row) != state:
                faults.add(_difference(subject, state, seq))
    except (DBAPIError, ValueError, TypeError) as error:
        reason = str(getattr(error, "orig", None) or error)
        faults.add(f"the table {table.name} cannot be read after {count} rows: {printable(reason)}")
    return count


def _difference(subject: str, state: str, seq: int) -> str:
    name = printable(subject)
    if state:
        return f"{name} is not as entry {seq} left it: it was changed behind the register's back"
    if seq:
        return f"{name} is there, although entry {seq} says that it was deleted"
    return f"{name} is there, but no entry says who added it"
