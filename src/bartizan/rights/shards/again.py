"""The shards that learned from somebody are trained anew, by the command that was declared for it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bartizan.core.errors import InputError, Problem
from bartizan.rights.places import Model
from bartizan.rights.shards.record import Record, read_record

_LONGEST_S: Final = 24 * 3600


def trained_again(model: Model, folder: Path, people: tuple[str, ...], tell: Callable[[str], None]) -> str:
    """Train the shards of somebody anew; gives what changed, in words.

    Raises InputError where the command fails, where the shards are others than before, or still know the person.
    """
    place = folder / model.shards
    before = read_record(place)
    numbers = sorted({shard for person in people for shard in before.shards_with(person)})
    for shard in numbers:
        tell(f"shard {shard} of {before.count}")
        _run(model, shard, folder)
    after = read_record(place)
    if (before.salt, before.count) != (after.salt, after.count):
        raise _refused("the model was trained whole, with other shards", "train the named shards only")
    if any(after.shards_with(person) for person in people):
        fix = "see whether the command reads the source that they were erased from"
        raise _refused("the shard learned from them again", fix)
    return "; ".join(_changed(before, after, shard) for shard in numbers)


def _changed(before: Record, after: Record, shard: int) -> str:
    old, new = before.shards[shard], after.shards[shard]
    return f"shard {shard} of {after.count}: {old.rows:,} rows, now {new.rows:,}, sha256 {new.digest or 'of nothing'}"


def _run(model: Model, shard: int, folder: Path) -> None:
    """Run the command in the folder of the places, without a shell. Raises InputError."""
    words = [word.replace("{shard}", str(shard)) for word in model.retrain]
    try:
        done = subprocess.run(  # noqa: S603 - the person's own words
            words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LONGEST_S, check=False
        )
    except OSError as error:
        raise _refused(f"it cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise _refused("it did not end within a day") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise _refused(f"it ended with {done.returncode}: {''.join(said)}")


def _refused(finding: str, fix: str = "") -> InputError:
    return InputError([Problem(file="retrain", finding=finding, fix=fix)])
