"""Optional engines behind the same evidence: garak and PyRIT, in an environment of their own.

Neither is a dependency. The user names a Python that has one; it attacks the one address that is permitted, and leaves
a file that `bartizan assess --evidence` and `bartizan evidence import` read as they read any file of these tools.
"""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from bartizan.core.chat_spec import ChatSpec
from bartizan.core.errors import BartizanError, InputError, NotFound, Problem, Unreachable, printable
from bartizan.core.source import write_atomic
from bartizan.targets.chat.keys import Keys, keys_of
from bartizan.targets.chat.spec_problems import problems_of
from bartizan.targets.permission import Permission, check_permission
from bartizan.targets.place import Place
from bartizan.workflows.engine_process import Ended, environment, run_process
from bartizan.workflows.pyrit_driver import DRIVER

EngineName: TypeAlias = Literal["garak", "pyrit"]
_PLACE = Place(file="the command line")
_NEEDS = {"garak": "garak==0.17.1", "pyrit": "pyrit==1.1.0"}
_EXAMPLES = {"garak": "promptinject,dan.DanInTheWild", "pyrit": "garak.Encoding,airt.Leakage"}
_SHORTEST = 8
_ASK = "import importlib.metadata as m; print(m.version('{}'))"


class EngineRun(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine is asked to do."""

    engine: EngineName
    python: Path
    """The Python of the environment that the engine is installed in."""
    url: str
    """An endpoint that speaks OpenAI's chat completions: 'http://127.0.0.1:8080/v1'."""
    model: str
    probes: tuple[str, ...]
    """What to try, by the engine's own names."""
    generations: int = 1
    """Answers to each prompt."""
    token_env: str = ""
    temperature: float | None = None
    """As in production; None: the endpoint's default."""
    minutes: float = 60.0
    out: Path


class EngineEnd(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    version: str
    is_whole: bool
    """Whether it came to its end; else its time was over, and the file holds what was finished."""


def run_engine(
    asked: EngineRun, permission: Permission | None, today: datetime.date, told: Callable[[str], None] = lambda _: None
) -> EngineEnd:
    """Let the engine attack the address, and keep its report.

    Raises InputError, Refused without a permission, NotFound where that Python lacks the engine, and Unreachable
    with the engine's last words where it ends without a report.
    """
    keys = _checked(asked)
    check_permission(permission, asked.url, today)
    with tempfile.TemporaryDirectory(prefix="bartizan-engine-") as made:
        folder = Path(made)
        version = _version(asked)
        command, own, report = _PREPARED[asked.engine](asked, folder)
        variables = environment(asked.url, folder, own)
        try:
            ended = run_process(command, folder, variables, 60 * asked.minutes, told, keys)
        except KeyboardInterrupt:
            _kept(report, asked, keys)
            raise
        is_kept = _kept(report, asked, keys)
    if not is_kept or ended.status:
        raise _failed(asked, ended, is_kept=is_kept)
    return EngineEnd(version=version, is_whole=ended.status == 0)


def _checked(asked: EngineRun) -> Keys:
    """The endpoint's key. Raises InputError with all that is wrong."""
    spec = ChatSpec(kind="openai", url=asked.url, model=asked.model, temperature=asked.temperature)
    keys, problems = keys_of(asked.token_env, {}, _PLACE)
    problems = [*problems, *problems_of(spec, _PLACE)]
    if shutil.which(asked.python) is None:
        fix = "name the Python of the engine's environment, such as ENV/bin/python"
        problems.append(_PLACE.problem("python", f"there is no program '{printable(str(asked.python), 200)}'", fix))
    for probe in asked.probes:
        if not probe.replace(".", "").replace("_", "").isalnum():
            fix = f"write it as {asked.engine} does, without spaces: --probes {_EXAMPLES[asked.engine]}"
            problems.append(_PLACE.problem("probes", f"'{printable(probe, 80)}' is no name", fix))
    if asked.engine == "pyrit" and asked.generations != 1:
        problems.append(_PLACE.problem("generations", "PyRIT has no generations", "leave --generations out"))
    if not asked.probes:
        problems.append(_PLACE.problem("probes", "no probe is named", "give --probes NAME,NAME"))
    if not asked.out.absolute().parent.is_dir():
        problems.append(_PLACE.problem("out", f"there is no folder {asked.out.parent}", "make it, or name another"))
    if problems:
        raise InputError(problems)
    return keys


def _version(asked: EngineRun) -> str:
    """The version of the engine there. Raises MissingExtra, telling how to install it."""
    ask = [str(_program(asked)), "-c", _ASK.format(asked.engine)]
    try:
        found = subprocess.run(  # noqa: S603 -- the program that the user named
            ask, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(
            [Problem(file="--python", finding=f"it cannot be run: {type(error).__name__}", fix="")]
        ) from None
    if found.returncode:
        needed = _NEEDS[asked.engine]
        raise NotFound(
            f"{asked.python} has no {asked.engine}; make an environment for it: "
            f"python3 -m venv ENV && ENV/bin/pip install {needed}"
        )
    return printable(found.stdout.decode("utf-8", "replace").strip(), 40)


def _program(asked: EngineRun) -> Path:
    """Where the Python is, for a process in another folder; a link is kept, as it is what makes an environment."""
    return Path(shutil.which(asked.python) or asked.python).absolute()


_Prepared: TypeAlias = tuple[list[str], dict[str, str], Path]
"""Command, environment, and where the report will be."""


def _garak(asked: EngineRun, folder: Path) -> _Prepared:
    """The command line. What garak would add to the requests of its own is left out: they are as in production."""
    options = {"uri": asked.url.rstrip("/") + "/", **_suppressed(asked.temperature)}
    (folder / "options.json").write_bytes(msgspec.json.encode({"openai": {"OpenAICompatible": options}}))
    command = [str(_program(asked)), "-m", "garak"]
    command += ["--target_type", "openai.OpenAICompatible", "--target_name", asked.model]
    command += ["--generator_option_file", str(folder / "options.json")]
    command += ["--spec", ",".join(f"probes.{one.removeprefix('probes.')}" for one in asked.probes)]
    command += ["--generations", str(asked.generations), "--report_prefix", str(folder / "run"), "--narrow_output"]
    return command, {"OPENAICOMPATIBLE_API_KEY": _key(asked)}, folder / "run.report.jsonl"


def _pyrit(asked: EngineRun, folder: Path) -> _Prepared:
    """The command line: PyRIT runs the scenarios, such as garak.Encoding, and writes them into a database."""
    database = folder / "run.db"
    options = {
        "database": str(database),
        "url": asked.url,
        "model": asked.model,
        "temperature": asked.temperature,
        "probes": asked.probes,
    }
    (folder / "options.json").write_bytes(msgspec.json.encode(options))
    (folder / "driver.py").write_text(DRIVER, encoding="utf-8")
    command = [str(_program(asked)), str(folder / "driver.py"), str(folder / "options.json")]
    return command, {"BARTIZAN_ENGINE_KEY": _key(asked)}, database


def _suppressed(temperature: float | None) -> dict[str, object]:
    out = ["max_tokens", "top_p", "frequency_penalty", "presence_penalty", "stop"]
    if temperature is None:
        return {"suppressed_params": [*out, "temperature"]}
    return {"suppressed_params": out, "temperature": temperature}


def _key(asked: EngineRun) -> str:
    """By an environment variable of the engine's own; the clients insist on one."""
    return os.environ[asked.token_env] if asked.token_env else "none"


_PREPARED: dict[str, Callable[[EngineRun, Path], _Prepared]] = {"garak": _garak, "pyrit": _pyrit}


def _kept(report: Path, asked: EngineRun, keys: Keys) -> bool:
    """Put the report where it is wanted, without the key; whether there is one that is whole."""
    half_written = any(report.with_name(report.name + end).exists() for end in ("-journal", "-wal"))
    if not report.is_file() or not report.stat().st_size or half_written:
        return False
    raw = report.read_bytes()
    if raw.startswith(b"SQLite"):  # text in a database keeps its length
        for word in {word for word in _key(asked).split() if len(word) >= _SHORTEST}:
            raw = raw.replace(word.encode(), b"*" * len(word.encode()))
    else:
        raw = keys.hidden(raw.decode("utf-8", "replace")).encode()
    write_atomic(asked.out, raw)
    return True


def _failed(asked: EngineRun, ended: Ended, *, is_kept: bool) -> BartizanError:
    how = "had no time to finish anything" if ended.status is None else f"ended with status {ended.status}"
    kept = f"; what it wrote until then is in {asked.out}" if is_kept else ""
    said = " / ".join(ended.last[-3:])
    return Unreachable(f"{asked.engine} {how}{kept}; it said: {said or 'nothing'}")
