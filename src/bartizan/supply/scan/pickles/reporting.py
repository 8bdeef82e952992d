"""From what a pickle does to findings."""

from __future__ import annotations

import re
from typing import Final

from bartizan.supply.scan.blob import Blob, Held
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles import arrays, rules
from bartizan.supply.scan.pickles import opcodes as op
from bartizan.supply.scan.pickles.judging import ATTRIBUTES, is_telling, judged
from bartizan.supply.scan.pickles.machine import Machine, Witness
from bartizan.supply.scan.pickles.values import UNKNOWN, Extension, Global, Nameless, Result
from bartizan.supply.scan.pickles.window import Window
from bartizan.supply.scan.rule import Rule

_REPEATS: Final = 20
"""Findings of one rule about one global."""
_SHOWS: Final = 500
"""Calls of which the arguments are read; reading takes time, and nobody reads more findings."""
_SAID: Final = 50_000
_STORAGES: Final = 200_000
_FREE: Final = 4 << 20
_GETATTR: Final = frozenset({"builtins.getattr", "__builtin__.getattr"})
_UFUNC: Final = frozenset({"numpy.core._ufunc_reconstruct", "numpy._core._ufunc_reconstruct"})
_LOADING: Final = "torch.storage._load_from_bytes"
_ENCODE: Final = "_codecs.encode"
_LATIN: Final = frozenset({"latin1", "latin-1"})
_MAKING: Final = frozenset(
    {"copyreg._reconstructor", "copyreg.__newobj__", "copy_reg._reconstructor", "copy_reg.__newobj__"}
)
_TYPE: Final = frozenset({"builtins.type", "__builtin__.type"})
_BARE: Final = frozenset({"xgboost.core.Booster", "lightgbm.basic.Booster"})
"""Classes that read a file that is named when they are made, which pickle never does."""
_CALLING: Final = frozenset({"torch._tensor._rebuild_from_type_v2"})
"""What calls its first argument and gives the result a state."""
_NUMPY: Final = frozenset({"numpy", "numpy.core.multiarray", "numpy._core.multiarray"})
_BUILT: Final = frozenset({"_reconstruct", "ndarray", "dtype", "vectorize", "poly1d"})
_OWN_METHODS: Final = frozenset({"_entropy"})
"""Methods of distributions of scipy that stand in their state."""
_SPECIAL: Final = _GETATTR | _UFUNC | {_LOADING}
_ATTRIBUTE: Final = re.compile(r"(?!__)[^\W\d]\w*")
_NAME: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_RUN: Final = "_parse_arg_template"
"""What distributions of scipy run as code when they get their state."""
_TEMPLATE: Final = re.compile(
    r"\s*def _parse_args\(self, [\w, ]{0,500}=?[\w, =.]{0,200}\):\n {4}return \([\w, ]{0,500}\), [\w, .]{1,100}\n"
    r"\s*def _parse_args_rvs\(self, [\w, =.]{0,700}\):\n {4}return self\._argcheck_rvs\([\w, =.]{0,700}\)\n"
    r"\s*def _parse_args_stats\(self, [\w, =.]{0,700}moments='mv'\):\n"
    r" {4}return \([\w, ]{0,500}\), [\w, .]{1,100}, moments\s*"
)


class Reporter(Witness):
    """Reports what one stream does."""

    def __init__(self, look: Look, window: Window, *, is_joblib: bool = True) -> None:
        self._look, self._window = look, window
        self._is_joblib = is_joblib
        """Whether arrays may lie within the stream, as they do not in a stream within one."""
        self._waiting: dict[Global, tuple[Rule, int]] = {}
        """What was imported and not yet called."""
        self._said: dict[object, int] = {}
        self._types = arrays.DTypes()
        self._harmless: set[int] = set()
        self._probed = 0
        self._shows = 0
        self.storages: dict[str, tuple[str, int]] = {}
        """Tensors of torch that lie elsewhere: type and number of items, by key."""

    def flush(self) -> None:
        """Report what was imported and never called."""
        for thing, (rule, at) in self._waiting.items():
            self._say(rule, f"{thing}, which is not called" if rule.level == "detect" else str(thing), at, thing)
        self._waiting.clear()

    def imported(self, machine: Machine, thing: Global | Extension | Nameless, at: int) -> None:
        """See `Witness`."""
        if isinstance(thing, Nameless):
            self._say(rules.MADE_NAME, "its module or name is no constant", at, thing)
        elif isinstance(thing, Extension):
            self._say(rules.EXTENSION, str(thing), at, thing)
        elif (thing not in self._said) and (rule := judged(thing)):
            self._waiting.setdefault(thing, (rule, at))

    def called(self, machine: Machine, what: int, arguments: tuple[int, ...] | None, at: int) -> int | None:
        """See `Witness`."""
        thing = machine.thing(what)
        if isinstance(thing, Global):
            return self._called(machine, thing, arguments, at)
        if isinstance(thing, Result) and thing.of and (rule := judged(thing.of)) and rule.level == "detect":
            self._say(rule, f"{thing}{self._shown(machine, arguments)}", at, thing)
        elif not isinstance(thing, Extension | Nameless):
            self._say(rules.MADE_CALL, f"{thing or machine.shown(what)}{self._shown(machine, arguments)}", at, thing)
        return None

    def _called(self, machine: Machine, thing: Global, arguments: tuple[int, ...] | None, at: int) -> int | None:
        whole = str(thing)
        for one in arguments or ():
            if one < UNKNOWN and str(machine.thing(one)) in _SPECIAL:
                self._say(rules.DANGEROUS, f"{thing}{self._shown(machine, arguments)}", at, thing)
        if whole == _ENCODE and arguments and len(arguments) == 2 and machine.text(arguments[1]) in _LATIN:
            return arguments[0] if machine.code(arguments[0]) in op.TEXTS else None
        if whole in _SPECIAL and (special := self._special(machine, thing, arguments, at)) is not None:
            self._waiting.pop(thing, None)
            return special
        if rule := judged(thing):
            self._waiting.pop(thing, None)
            shown = f"{thing}{self._shown(machine, arguments)}" if rule.level == "detect" else whole
            self._say(rule, shown, at, thing, once=rule.level != "detect")
            return None
        return self._known(machine, thing, arguments, at)

    def _known(self, machine: Machine, thing: Global, arguments: tuple[int, ...] | None, at: int) -> int | None:
        """What a call of something known gives, where that matters."""
        whole = str(thing)
        if arrays.is_dtype(thing):
            return machine.things.number(self._types.made(machine, thing, arguments, at))
        if whole in _BARE and arguments != () and not self._is_new(machine, at):
            self._say(rules.UNKNOWN_GLOBAL, f"{thing}{self._shown(machine, arguments)}", at, thing)
        elif whole in _TYPE and (arguments is None or len(arguments) != 1):
            self._say(rules.MADE_CALL, f"a class by {thing}{self._shown(machine, arguments)}", at, thing)
        elif whole in _CALLING:
            inner = machine.thing(arguments[0]) if arguments else None
            if not isinstance(inner, Global) or not inner.module.startswith("torch."):
                self._say(rules.MADE_CALL, f"{thing}{self._shown(machine, arguments)}", at, thing)
        elif whole in _MAKING and arguments:
            made = machine.thing(arguments[0])
            if isinstance(made, Global):
                return machine.things.number(Result(made))
        return None

    def _special(self, machine: Machine, thing: Global, arguments: tuple[int, ...] | None, at: int) -> int | None:
        """What an ordinary call of something dangerous gives; None where it is not ordinary."""
        whole = str(thing)
        if not arguments:
            return None
        if whole == _LOADING:
            return self._loaded(machine, thing, arguments[0])
        if len(arguments) != 2:
            return None
        name = machine.text(arguments[1])
        if not name or not _ATTRIBUTE.fullmatch(name):
            return None
        if whole in _UFUNC:
            module = machine.text(arguments[0])
            found = Global(module, name) if module and _NAME.fullmatch(module) else None
        else:
            owner = machine.thing(arguments[0])
            if isinstance(owner, Result):
                if not (owner.of and owner.of.module.startswith("scipy.stats.") and name in _OWN_METHODS):
                    self._say(rules.MADE_CALL, f"{thing}{self._shown(machine, arguments)}", at, thing)
                return machine.things.number(Result(thing))
            found = Global(owner.module, f"{owner.name}.{name}") if isinstance(owner, Global) else None
        if found is None:
            return None
        self.imported(machine, found, at)
        return machine.things.number(found)

    def _loaded(self, machine: Machine, thing: Global, argument: int) -> int | None:
        """Bytes within the pickle that torch reads as a file."""
        if argument not in self._harmless:
            blob = self._bytes(machine, argument)
            if blob is None:
                return None
            self._harmless.add(argument)
            self._look.into(f"bytes at {argument}", blob)
        return machine.things.number(Result(thing, "loaded"))

    def _bytes(self, machine: Machine, value: int) -> Blob | None:
        """The bytes that a constant is, or a text of protocol 2 that stands for bytes."""
        if machine.code(value) in op.BYTES:
            span = machine.span(value)
            return self._window.blob.part(*span) if span else None
        text = machine.whole_text(value)
        try:
            return None if text is None else Held(text.encode("latin-1"))
        except UnicodeEncodeError:
            return None

    def _is_new(self, machine: Machine, at: int) -> bool:
        """Whether an object is made without its class being called."""
        return machine.window.read(at, 1)[0] in (op.NEWOBJ, op.NEWOBJ_EX)

    def built(self, machine: Machine, what: int, state: int, at: int) -> int:
        """See `Witness`."""
        thing = machine.thing(what)
        if isinstance(thing, Global | Extension | Nameless):
            self._say(rules.PATCH, f"{thing} gets the state {machine.shown(state)}", at, thing)
        if isinstance(thing, Result) and thing.of:
            if arrays.is_dtype(thing.of):
                self._types.built(machine, thing, state)
            elif thing.of.module.startswith("scipy.stats"):
                self._check_template(machine, thing, state, at)
            elif arrays.is_beside(thing.of):
                self._say(rules.BESIDE, machine.shown(state), at, thing)
            elif arrays.is_wrapper(thing.of) and self._is_joblib:
                return self._array(machine, state, at + 1)
            elif _gives_back(thing.of):
                self._say(rules.MADE_CALL, f"{thing} gets the state {machine.shown(state)}", at, thing)
        self._check_state(machine, state, at)
        return at + 1

    def _check_state(self, machine: Machine, state: int, at: int, deep: int = 0) -> None:
        items = machine.items(state)
        if not items:
            return
        if machine.code(state) not in (op.EMPTY_DICT, op.DICT):
            for one in items[:2] if deep == 0 and len(items) == 2 else ():
                self._check_state(machine, one, at, 1)
            return
        for key, value in zip(items[::2], items[1::2], strict=False):
            if key in self._harmless:
                continue
            if machine.text(key) == _RUN:
                if not _TEMPLATE.fullmatch(machine.text(value) or ""):
                    self._say(rules.CODE, f"the state sets {_RUN} to {machine.shown(value)}", at, _RUN)
            elif machine.text(key) in ATTRIBUTES:
                self._say(rules.PATCH, f"the state sets {machine.text(key)}", at, machine.text(key))
            elif key >= 0:
                self._harmless.add(key)
        if len(self._harmless) > 50_000:
            self._harmless.clear()

    def _check_template(self, machine: Machine, thing: Result, state: int, at: int) -> None:
        items = machine.items(state)
        if items is None or machine.code(state) not in (op.EMPTY_DICT, op.DICT):
            self._say(rules.CODE, f"{thing} gets a state that is not clear", at, thing)
            return
        for key, value in zip(items[::2], items[1::2], strict=False):
            name = machine.text(key)
            if name is None or (name == _RUN and not _TEMPLATE.fullmatch(machine.text(value) or "")):
                self._say(rules.CODE, f"{thing} gets {machine.shown(key)}: {machine.shown(value)}", at, thing)

    def persistent(self, machine: Machine, value: int | None, at: int) -> int:
        """See `Witness`."""
        items = (machine.items(value) if value is not None else None) or []
        kind = machine.text(items[0]) if items else None
        of = machine.thing(items[1]) if len(items) > 1 else None
        if kind == "storage" and len(items) >= 5 and isinstance(of, Global):
            key, count = machine.text(items[2]), machine.number(items[4])
            if key is not None and count is not None and len(self.storages) < _STORAGES:
                self.storages[key] = (of.name, int(count))
        elif kind == "module" and isinstance(of, Global):
            return items[1]
        else:
            self._say(rules.PERSISTENT, machine.shown(UNKNOWN if value is None else value), at, "persistent")
        return UNKNOWN

    def noted(self, kind: str, what: str, at: int) -> None:
        """See `Witness`."""
        self._say(rules.FRAMES if kind == "frames" else rules.BUFFERS, what, at, kind)

    def _shown(self, machine: Machine, arguments: tuple[int, ...] | None) -> str:
        self._shows += 1
        return _shown(machine, arguments if self._shows <= _SHOWS else None)

    def _say(self, rule: Rule, what: str, at: int, about: object, *, once: bool = False) -> None:
        if isinstance(about, Result):
            about = (rule.id, about.of)
        if len(self._said) > _SAID and about not in self._said:
            return
        said = self._said.get(about, 0)
        if said < (1 if once else _REPEATS):
            self._look.found(rule, what, at)
        self._said[about] = said + 1

    # Arrays of joblib

    def _array(self, machine: Machine, state: int, at: int) -> int:
        """Go past the array that lies there. Returns the place behind it."""
        try:
            array = arrays.described(machine, state, self._types)
        except Unreadable as error:
            raise Unreadable(str(error), at) from None
        if array.has_objects or array.is_aligned or array.size:
            self._probe(machine, at, array.has_objects)
        if machine.frame_end > at:
            raise Unreadable("an array within a frame, so that it is not clear where its bytes are", at)
        if array.has_objects:
            return self._objects(machine, at)
        if array.is_aligned:
            padding = self._window.read(at, 1)
            at += 1 + (padding[0] if padding else 0)
        if at + array.size > self._window.size:
            raise Unreadable(f"an array of {array.size:,} bytes is said to follow, and does not", at)
        return at + array.size

    def _objects(self, machine: Machine, at: int) -> int:
        inner = Reporter(self._look, self._window, is_joblib=False)
        inside = Machine(self._window, inner, self._look.spend)
        try:
            after = inside.run(at)
        finally:
            inner.flush()
        machine.trouble = machine.trouble or inside.trouble
        return after

    def _probe(self, machine: Machine, at: int, has_objects: bool) -> None:
        """Read the array as plain pickle does, which knows nothing of arrays and goes on with the next instruction.

        An array of objects is a pickle and runs as one, though with a memo that is not its own: only names that are
        unmistakable count there.
        """
        listener = Listener(is_wary=not has_objects)
        try:
            self._probed += machine.over(listener).run(at) - at
        except TooMuch:
            raise
        except Unreadable as error:
            self._probed += max(0, (error.at or at) - at)
        if self._probed > 2 * self._window.size + _FREE:
            raise TooMuch("arrays that may be read as instructions again and again", at)
        for rule, what, place in listener.heard:
            self._say(rule, what, place, what)
        if listener.heard:
            self._say(rules.DISGUISED, listener.heard[0][1], listener.heard[0][2], "disguised")


def _gives_back(of: Global) -> bool:
    """Whether it may give one of its arguments back, so that what it gives is of any class."""
    if of.module in ("builtins", "__builtin__"):
        return of.name[:1].islower()
    return of.module in _NUMPY and of.name[:1].islower() and of.name not in _BUILT


class Listener(Witness):
    """Remembers what a pickle would use, for what may be none."""

    def __init__(self, *, is_wary: bool = True) -> None:
        self._is_wary = is_wary
        self.heard: list[tuple[Rule, str, int]] = []
        self.globals = 0
        self.calls = 0

    def imported(self, machine: Machine, thing: Global | Extension | Nameless, at: int) -> None:
        """See `Witness`."""
        if isinstance(thing, Nameless) and self.calls and self._is_wary:
            self._hear(rules.MADE_NAME, str(thing), at)
        if isinstance(thing, Global) and _NAME.fullmatch(thing.module) and _NAME.fullmatch(thing.name):
            self.globals += 1
            if (rule := judged(thing)) and (self._is_wary or is_telling(thing)):
                self._hear(rule, str(thing), at)

    def called(self, machine: Machine, what: int, arguments: tuple[int, ...] | None, at: int) -> int | None:
        """See `Witness`."""
        thing = machine.thing(what)
        if isinstance(thing, Global) and _NAME.fullmatch(thing.module) and _NAME.fullmatch(thing.name):
            self.calls += 1
            if (rule := judged(thing)) and (self._is_wary or is_telling(thing)):
                self._hear(rule, f"{thing}{_shown(machine, arguments)}", at)
        return None

    def built(self, machine: Machine, what: int, state: int, at: int) -> int:
        """See `Witness`."""
        return at + 1

    def persistent(self, machine: Machine, value: int | None, at: int) -> int:
        """See `Witness`: plain pickle gives up here."""
        raise Unreadable("an object from elsewhere", at)

    def noted(self, kind: str, what: str, at: int) -> None:
        """See `Witness`."""

    def _hear(self, rule: Rule, what: str, at: int) -> None:
        if len(self.heard) < 10:
            self.heard.append((rule, what, at))


def _shown(machine: Machine, arguments: tuple[int, ...] | None) -> str:
    if arguments is None:
        return "(…)"
    return "(" + ", ".join(machine.shown(one) for one in arguments[:8]) + ")"
