"""Files that came with a form: as text, as a file for readers that want one, and kept between a look and a yes."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bartizan.core.errors import Conflict, InputError, Problem, printable
from bartizan.web.forms import Form, Upload

_LASTS_S = 3600.0
_MOST = 40
_MOST_OF_ONE = 4
_MOST_BYTES = 160_000_000


def chosen(form: Form, name: str = "file") -> Upload:
    """The file that a form brought, with a name that can be shown. Raises InputError where none was chosen."""
    found = form.uploads.get(name)
    if found is None:
        raise InputError([Problem(file=name, finding="no file was chosen", fix="choose one")])
    shown = printable(found.name.replace("\\", "/").rpartition("/")[2], 120) or "file"
    return msgspec.structs.replace(found, name=shown)


def text_of(upload: Upload) -> str:
    """A file as text. Raises InputError where it is not UTF-8."""
    try:
        return upload.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = upload.content[: error.start].count(b"\n") + 1
        problem = Problem(file=upload.name, line=line, finding="not UTF-8 text", fix="save the file as UTF-8")
        raise InputError([problem]) from None


@contextmanager
def as_file(upload: Upload) -> Iterator[Path]:
    """The upload as a file of ours while it is read. What is wrong with it is told by the name that it came with."""
    with tempfile.TemporaryDirectory(prefix="bartizan-") as folder:
        path = Path(folder) / "upload"
        path.write_bytes(upload.content)
        try:
            yield path
        except InputError as error:
            raise InputError([_renamed(one, str(path), upload.name) for one in error.problems]) from None


def _renamed(problem: Problem, path: str, name: str) -> Problem:
    file, finding, fix = (text.replace(path, name) for text in (problem.file, problem.finding, problem.fix))
    return Problem(file=file, line=problem.line, finding=finding, fix=fix)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that somebody looked at and may say yes to."""

    of: str
    purpose: str
    upload: Upload
    until: float


class Shelf:
    """Uploads between a look and a yes, in memory: an hour long, a few for each person, the oldest give way."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Held] = OrderedDict()

    def put(self, of: str, purpose: str, upload: Upload) -> str:
        """Keep an upload; gives the word by which it is asked for."""
        word = secrets.token_urlsafe(18)
        with self._lock:
            self._held[word] = Held(of=of, purpose=purpose, upload=upload, until=self._clock() + _LASTS_S)
            self._make_room(of)
        return word

    def take(self, word: str, of: str, purpose: str) -> Upload:
        """The upload of this person for this purpose; it stays until it is let go. Raises Conflict where it is gone."""
        with self._lock:
            found = self._held.get(word)
        if found is None or found.until < self._clock() or (found.of, found.purpose) != (of, purpose):
            raise Conflict("the file is no longer here: choose it again and look at what it would change")
        return found.upload

    def let_go(self, word: str) -> None:
        """Forget an upload."""
        with self._lock:
            self._held.pop(word, None)

    def _make_room(self, of: str) -> None:
        now = self._clock()
        for word in [word for word, one in self._held.items() if one.until < now]:
            del self._held[word]
        own = [word for word, one in self._held.items() if one.of == of]
        for word in own[:-_MOST_OF_ONE]:
            del self._held[word]
        while len(self._held) > 1 and (len(self._held) > _MOST or self._bytes() > _MOST_BYTES):
            self._held.popitem(last=False)

    def _bytes(self) -> int:
        return sum(len(one.upload.content) for one in self._held.values())


SHELF = Shelf()
"""The one of this process. A restart empties it, and a person is then asked to choose the file again."""
