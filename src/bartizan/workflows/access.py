"""Who may do what: a person with their roles, and the one place that refuses, and tells the audit that it did."""

from __future__ import annotations

import msgspec

from bartizan.core.errors import Refused, printable
from bartizan.core.people import EVERYWHERE, ROLES, Grant, Role, Token, User, at_least
from bartizan.register.opening import Register


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who acts. `id` is who the audit says it was, `name` what pages call them."""

    id: str
    name: str = ""
    grants: tuple[Grant, ...] = ()

    def may(self, role: Role, system: str = EVERYWHERE) -> bool:
        """Whether they have this role, or a greater one, on a system; without a system: on all of them."""
        return any(g.system in {EVERYWHERE, system} and at_least(g.role, role) for g in self.grants)

    def may_somewhere(self, role: Role) -> bool:
        """Whether there is a system, or all, on which they have this role or a greater one."""
        return any(at_least(g.role, role) for g in self.grants)

    def systems(self, role: Role = "viewer") -> frozenset[str] | None:
        """The systems on which they have this role or a greater one; None for all of them."""
        if self.may(role):
            return None
        return frozenset(g.system for g in self.grants if at_least(g.role, role))


def person_of(user: User, token: Token | None = None) -> Person:
    """A user as one who acts; with a token, no more than the token allows."""
    grants = user.grants if token is None else tuple(_limited(user, token))
    return Person(id=user.id, name=user.shown, grants=grants)


def at_the_console(name: str) -> Person:
    """Who runs the command line on a register may do everything: they could write to its file."""
    return Person(id=name, name=name, grants=(Grant(user=name, role="administrator"),))


def require(register: Register, person: Person, role: Role, system: str = EVERYWHERE, what: str = "") -> None:
    """Raise Refused where a person has not this role; the audit then says who wanted what.

    `what` says in a few words what was wanted. Not to be called inside a change: the entry is a change of its own.
    """
    if person.may(role, system):
        return
    refuse(register, person, role, system, what)


def refuse(register: Register, person: Person, role: Role, system: str = EVERYWHERE, what: str = "") -> None:
    """Raise Refused, and tell the audit who wanted what."""
    with register.change(person.id) as change:
        note = f"needs {role}" + (f": {what[:200]}" if what else "")
        # The system is part of what was asked for and need not exist: the entry names it as its subject.
        change.record("access.refused", subject=f"systems/{printable(system, 100)}" if system else "", note=note)
    where = f"on the system '{system:.100}'" if system else "on all systems"
    article = "an" if role[0] in "aeiou" else "a"
    raise Refused(f"this needs the role of {article} {role} {where}; ask an administrator for it")


def _limited(user: User, token: Token) -> list[Grant]:
    held = [g for g in user.grants if not token.system or g.system in {EVERYWHERE, token.system}]
    return [
        Grant(user=g.user, system=g.system or token.system, role=min(g.role, token.role, key=ROLES.index)) for g in held
    ]
