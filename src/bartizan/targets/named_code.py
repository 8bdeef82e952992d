"""Python objects that a file names: ``file.py:attribute`` beside it, or ``package.module:attribute``.

It is the owner's own code, run as theirs. What goes wrong in it is told with its own line, and no traceback.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from bartizan.core.errors import BartizanError, InputError, Problem, described, nearest
from bartizan.targets.place import Place

_FORM = "write 'file.py:attribute', beside this file, or 'package.module:attribute'"


def named_object(reference: str, place: Place, key: str) -> Any:
    """What the reference names. Raises InputError with the place of the reference, or the line of the failing code."""
    where, colon, attribute = reference.rpartition(":")
    if not colon or not where or not attribute.isidentifier():
        raise place.error(key, f"'{reference}' names no Python object", _FORM)
    module = _from_file(where, place, key) if where.endswith(".py") else _from_path(where, place, key)
    if not hasattr(module, attribute):
        public = [name for name in vars(module) if not name.startswith("_")]
        fix = nearest(attribute, public) or "define it there"
        raise place.error(key, f"there is no '{attribute}' in {where}", fix)
    return getattr(module, attribute)


def called(value: Any, place: Place, key: str, what: str) -> Any:
    """What a function without parameters returns; anything else as it is. Raises InputError where it fails."""
    if not callable(value) or isinstance(value, type):
        return value
    with _told(place, key, what):
        return value()


def _from_file(name: str, place: Place, key: str) -> ModuleType:
    file = place.folder / name
    if not file.is_file():
        raise place.error(key, f"there is no file {name} beside this one", _FORM)
    # a name of its own, which classes in it keep; the same file is the same module
    unique = "bartizan_named_" + hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:16]
    spec = importlib.util.spec_from_file_location(unique, file)
    assert spec is not None, file
    assert spec.loader is not None, file
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    try:
        with _told(place, key, name), _beside(place.folder):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[unique]
        raise
    return module


def _from_path(name: str, place: Place, key: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise place.error(key, f"'{name}' is no name of a module", _FORM)
    with _told(place, key, name), _beside(place.folder):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as absent:
            if absent.name is None or not (name + ".").startswith(absent.name + "."):
                raise
            raise place.error(key, f"there is no module {name}", f"install it, or {_FORM}") from None


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """Modules in this folder can be imported meanwhile, as if Python had been started on a file in it."""
    entry = str(folder.resolve())
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(entry)


@contextlib.contextmanager
def _told(place: Place, key: str, what: str) -> Iterator[None]:
    """Turns an error of the owner's code into one that says where it happened."""
    try:
        yield
    except BartizanError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, SyntaxError) and error.filename:
            problem = Problem(
                file=_beside_it(error.filename, place), line=error.lineno, finding=f"no valid Python: {error.msg}"
            )
            raise InputError([problem]) from error
        frames = [f for f in traceback.extract_tb(error.__traceback__) if not _ours(f.filename)]
        if not frames:
            raise place.error(key, f"{what} failed: {described(error)}", "mend it, and try again") from error
        # the owner's innermost line, not that of a library that it called
        own = [f for f in frames if Path(f.filename).is_relative_to(place.folder.resolve())] or frames
        fix = f"it is named as '{key}' in {place.file}"
        finding = f"failed: {described(error)}"
        problem = Problem(file=_beside_it(own[-1].filename, place), line=own[-1].lineno, finding=finding, fix=fix)
        raise InputError([problem]) from error


def _beside_it(filename: str, place: Place) -> str:
    """The file as its owner calls it, where it lies beside the one that names it."""
    try:
        return str(place.folder / Path(filename).relative_to(place.folder.resolve()))
    except ValueError:
        return filename


def _ours(filename: str) -> bool:
    return filename.startswith("<frozen ") or Path(filename) == Path(__file__)
