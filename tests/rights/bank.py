"""A bank with data about Anna and Ben in every kind of place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from sqlalchemy import create_engine, text

from bartizan.rights.book import Book, writing
from bartizan.rights.entries import Identified, Opened, Right
from bartizan.rights.places import Places, read_places
from bartizan.rights.sources.reaching import Known, known_of

ANNA: Final = "0a" * 16
"""Her pseudonym."""
DAY: Final = "2026-11-22"
PLACES: Final = """
controller: Harbor Bank
contact: privacy@harbor.example
person: customer
sources:
  customers:
    sql: {url_env: BANK_URL, table: customers}
    column: id
    gives: {email: email}
    provided: true
    holds: [name, income]
    purposes: [loans]
  orders:
    sql: {url_env: BANK_URL, table: orders}
    column: customer
    gives: {order: id}
  order-lines:
    sql: {url_env: BANK_URL, table: order_lines}
    by: order
    column: order_id
  loans: {table: data/loans.csv, column: customer, made_from: [customers]}
  index: {table: data/chunks.jsonl, column: customer, beside: [data/vectors.npy]}
  logs: {lines: "logs/*.log", by: email}
  uploads: {files: "uploads/{customer}/**"}
models:
  score: {learned_from: [loans]}
"""
_TABLES: Final = (
    "CREATE TABLE customers (id TEXT PRIMARY KEY, name TEXT, email TEXT, income INTEGER, born DATE)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT REFERENCES customers (id), total NUMERIC(8, 2))",
    "CREATE TABLE order_lines (order_id INTEGER REFERENCES orders (id), item TEXT)",
    "INSERT INTO customers VALUES ('anna', 'Anna A', 'anna@x.example', 40000, '1980-02-03')",
    "INSERT INTO customers VALUES ('ben', 'Ben B', 'ben@x.example', 50000, NULL)",
    "INSERT INTO orders VALUES (1, 'anna', 10.50), (2, 'anna', 11), (3, 'ben', 5)",
    "INSERT INTO order_lines VALUES (1, 'pen'), (1, 'ink'), (2, 'cup'), (3, 'hat')",
)


def bank(folder: Path, url: str, places: str = PLACES) -> Places:
    """All of its data, and where it lies."""
    os.environ["BANK_URL"] = url
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as link:
        for statement in _TABLES:
            link.execute(text(statement))
    engine.dispose()
    for name in ("data", "logs", "uploads/anna", "uploads/ben"):
        (folder / name).mkdir(parents=True)
    (folder / "data/loans.csv").write_text("customer,amount,repaid\nanna,100,yes\nben,200,no\nanna,300,no\n")
    chunks = [
        f'{{"customer":"{name}","text":"{words}"}}\n' for name, words in (("anna", "a"), ("ben", "b"), ("anna", "c"))
    ]
    (folder / "data/chunks.jsonl").write_text("".join(chunks))
    np.save(folder / "data/vectors.npy", np.arange(12.0).reshape(3, 4))
    log = "started\nlogin anna@x.example\nlogin joanna@x.example\nsent to ANNA@X.EXAMPLE.\nlogin ben@x.example\n"
    (folder / "logs/web.log").write_text(log)
    (folder / "uploads/anna/face.png").write_bytes(b"anna")
    (folder / "uploads/ben/face.png").write_bytes(b"ben")
    return declared(folder, places)


def declared(folder: Path, places: str = PLACES) -> Places:
    """Where data lies, as a file says it."""
    file = folder / "places.yaml"
    file.write_text(places)
    return read_places(file)


def known(places: Places, person: str = "anna", **told: tuple[str, ...]) -> Known:
    """What somebody is called there."""
    return known_of(person, places, told)


def clock() -> str:
    """A clock that stands."""
    return f"{DAY}T09:00:00Z"


@contextmanager
def book(folder: Path) -> Iterator[Book]:
    """The log of requests."""
    with writing(folder / "rights.jsonl", by="ann", clock=clock, create=True) as made:
        yield made


def asked(made: Book, right: Right = "erasure", *, is_identified: bool = True, purpose: str = "") -> int:
    """A request of Anna."""
    number = made.requests.next
    opened = Opened(request=number, right=right, person=ANNA, received=DAY, how="letter", key="k", purpose=purpose)
    made.add(opened)
    if is_identified:
        made.add(Identified(request=number, how="passport"))
    return number
