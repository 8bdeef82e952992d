"""People and what they may do: users and their roles, per system or on all."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select, update

from bartizan.core.errors import Conflict, NotFound
from bartizan.core.people import EVERYWHERE, Grant, Role, User
from bartizan.register import tables as t
from bartizan.register.change import Change
from bartizan.register.rows import can_be_kept, every, value


def users(connection: Connection) -> tuple[User, ...]:
    """Everybody, in the order of their names, each with their roles."""
    return _users(connection, select(t.users).order_by(t.users.c.id))


def user(connection: Connection, name: str) -> User:
    """Somebody by the name they log in with. Raises NotFound."""
    found = find(connection, name)
    if found is None:
        raise NotFound(f"there is no user '{name:.100}'")
    return found


def find(connection: Connection, name: str) -> User | None:
    """Somebody by the name they log in with; None where there is nobody of that name."""
    found = _users(connection, select(t.users).where(t.users.c.id == name)) if can_be_kept(name) else ()
    return found[0] if found else None


def find_by_subject(connection: Connection, subject: str) -> User | None:
    """Somebody by what their identity provider calls them; None where nobody is known by that."""
    if not subject:
        return None
    found = _users(connection, select(t.users).where(t.users.c.oidc_subject == subject).order_by(t.users.c.id))
    return found[0] if found else None


def password_of(connection: Connection, name: str) -> str:
    """The hash of somebody's password; empty where they have none or are not there."""
    kept = connection.execute(select(t.users.c.password).where(t.users.c.id == name)).scalar()
    return str(kept or "")


def administrators(connection: Connection) -> tuple[str, ...]:
    """Who may administer everything and can log in."""
    query = (
        select(t.users.c.id)
        .join(t.grants, t.grants.c.user == t.users.c.id)
        .where(t.grants.c.system == EVERYWHERE, t.grants.c.role == "administrator", t.users.c.disabled.is_(False))
        .order_by(t.users.c.id)
    )
    return tuple(connection.execute(query).scalars())


def has_users(connection: Connection) -> bool:
    """Whether anybody was ever made a user."""
    return connection.execute(select(t.users.c.id).limit(1)).first() is not None


def add(change: Change, name: str, *, shown: str = "", email: str = "", password: str = "", subject: str = "") -> User:
    """A new user without any role. Raises Conflict where the name is taken; `password` is a hash."""
    if find(change.connection, name) is not None:
        raise Conflict(f"there is a user '{name}' already; choose another name")
    values = {
        "id": name,
        "name": shown,
        "email": email,
        "password": password,
        "oidc_subject": subject,
        "notify": True,
        "created_at": change.at,
    }
    change.insert(t.users, values, "user.add")
    return user(change.connection, name)


def describe(change: Change, name: str, *, shown: str, email: str, notify: bool, revision: int | None = None) -> User:
    """Change what is said of a user. Raises NotFound, Conflict."""
    values = {"name": shown, "email": email, "notify": notify}
    change.update(t.users, {"id": name}, values, "user.change", revision)
    return user(change.connection, name)


def set_password(change: Change, name: str, password: str) -> None:
    """Keep the hash of a new password. Raises NotFound."""
    change.update(t.users, {"id": name}, {"password": password}, "user.password")


def set_subject(change: Change, name: str, subject: str) -> None:
    """Say what the identity provider calls a user. Raises NotFound, Conflict where somebody else is called that."""
    other = find_by_subject(change.connection, subject)
    if other is not None and other.id != name:
        raise Conflict(f"'{other.id}' logs in with this account already")
    change.update(t.users, {"id": name}, {"oidc_subject": subject}, "user.subject")


def set_disabled(change: Change, name: str, disabled: bool, revision: int | None = None) -> None:
    """Let a user in no more, or again. Raises NotFound, Conflict."""
    action = "user.disable" if disabled else "user.enable"
    change.update(t.users, {"id": name}, {"disabled": disabled}, action, revision)


def grant(change: Change, name: str, role: Role, system: str = EVERYWHERE) -> None:
    """Give a user a role on a system or on all, in place of the one they had there. Raises NotFound."""
    user(change.connection, name)
    if system and change.connection.execute(select(t.systems.c.id).where(t.systems.c.id == system)).first() is None:
        raise NotFound(f"there is no system '{system:.100}' in the register")
    key = {"user": name, "system": system}
    had = select(t.grants.c.role).where(t.grants.c.user == name, t.grants.c.system == system)
    if change.connection.execute(had).first() is None:
        change.insert(t.grants, {**key, "role": role}, "grant.add")
    else:
        change.update(t.grants, key, {"role": role}, "grant.change")


def withdraw(change: Change, name: str, system: str = EVERYWHERE) -> None:
    """Take a user's role on a system, or on all, away. Raises NotFound."""
    change.delete(t.grants, {"user": name, "system": system}, "grant.remove")


def seen(change: Change, name: str) -> None:
    """Note that a user is there. No entry of the audit: it is no news."""
    change.connection.execute(update(t.users).where(t.users.c.id == name).values(last_seen=change.at))


def _users(connection: Connection, query: Select[Any]) -> tuple[User, ...]:
    rows = [dict(row) for row in connection.execute(query).mappings()]
    held: dict[str, list[Grant]] = defaultdict(list)
    wanted = select(t.grants).order_by(t.grants.c.system)
    if len(rows) == 1:
        wanted = wanted.where(t.grants.c.user == rows[0]["id"])
    for found in every(connection, wanted, Grant) if rows else ():
        held[found.user].append(found)
    return tuple(
        msgspec.structs.replace(
            value(row, User), has_password=bool(row["password"]), grants=tuple(held.get(row["id"], ()))
        )
        for row in rows
    )
