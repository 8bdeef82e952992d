"""Files that lie where others can read them: keys, data and models kept with the code or open to the machine."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bartizan.devcheck.files import File
from bartizan.devcheck.finding import Finding
from bartizan.devcheck.outputs import personal_in, told
from bartizan.devcheck.rule import DEV_SECURITY, DISCRETE, SEGREGATE_DATA, Rule
from bartizan.devcheck.texts import TABLES, read

KEY_FILE: Final = Rule(
    id="files.key",
    level="high",
    title="A file of keys is kept in the repository",
    why="Every clone holds it, and whoever reads one can use what it opens.",
    fix="Revoke what is in it, remove it (git rm --cached), and ignore it.",
    refs=("CWE-312", "CWE-538"),
    controls=(DEV_SECURITY, DISCRETE),
)
LOOSE_KEY: Final = Rule(
    id="files.key-not-ignored",
    level="medium",
    title="A file of keys lies in the repository and is not ignored",
    why="The next `git add .` commits it.",
    fix="Add it to .gitignore, or keep it elsewhere.",
    refs=("CWE-538",),
    controls=(DEV_SECURITY, DISCRETE),
)
PERSONAL: Final = Rule(
    id="data.personal",
    level="high",
    title="Personal data is kept with the code",
    why="Whoever may read the code reads the data, in every clone and for ever.",
    fix="Keep the data in a store of its own with its own access, and the code with made-up rows.",
    refs=("CWE-359", "CWE-538"),
    controls=(SEGREGATE_DATA, DEV_SECURITY),
)
COMMITTED: Final = Rule(
    id="data.committed",
    level="low",
    title="Data is kept with the code",
    why="Access to the data follows access to the code, and nobody can take it back from clones.",
    fix="Keep it in a store of its own (DVC, LFS with access, a bucket), by digest.",
    refs=("CWE-538",),
    controls=(SEGREGATE_DATA,),
)
MODEL: Final = Rule(
    id="model.committed",
    level="low",
    title="A model is kept with the code",
    why="Whoever may read the code takes the model; whoever may push to it can swap the model.",
    fix="Keep it in a model registry with access, signature and digest.",
    refs=("CWE-538",),
    controls=(SEGREGATE_DATA, DISCRETE),
)
OPEN: Final = Rule(
    id="data.world-readable",
    level="low",
    title="Data can be read by everybody on this machine",
    why="Any account and any program that somebody else runs here can read it.",
    fix="Take it away from others: chmod o-rwx, or the folder above it.",
    refs=("CWE-732",),
    controls=(SEGREGATE_DATA, DEV_SECURITY),
)
WRITABLE: Final = Rule(
    id="data.world-writable",
    level="medium",
    title="Data or models can be changed by everybody on this machine",
    why="Whoever changes a sample or a model decides what the system does.",
    fix="Take it away from others: chmod o-w.",
    refs=("CWE-732", "AML.T0020"),
    controls=(SEGREGATE_DATA, DEV_SECURITY),
)
NOT_IGNORED: Final = Rule(
    id="data.not-ignored",
    level="low",
    title="Data lies beside the code and is not ignored",
    why="The next `git add .` commits it.",
    fix="Add its folder or ending to .gitignore, or keep it outside of the repository.",
    refs=("CWE-538",),
    controls=(SEGREGATE_DATA,),
)
NO_IGNORES: Final = Rule(
    id="data.no-gitignore",
    level="low",
    title="The repository ignores nothing",
    why="Data, keys and outputs are committed by accident sooner or later.",
    fix="Add a .gitignore with .env, data, models and outputs.",
    controls=(SEGREGATE_DATA,),
)
RULES: Final = (KEY_FILE, LOOSE_KEY, PERSONAL, COMMITTED, MODEL, OPEN, WRITABLE, NOT_IGNORED, NO_IGNORES)

_DATA: Final = TABLES | frozenset(
    """
    .parquet .feather .arrow .avro .orc .npy .npz .sqlite .sqlite3 .db .duckdb .xlsx .xls .mat .rds .rdata .tfrecord
    .sav .dta .sas7bdat .mdb
    """.split()  # noqa: SIM905  words are read best as text
)
_MODELS: Final = frozenset(
    """
    .pkl .pickle .joblib .pt .pth .ckpt .onnx .safetensors .gguf .h5 .hdf5 .keras .tflite .pmml .skops .mlmodel
    """.split()  # noqa: SIM905  words are read best as text
)
_KEYS: Final = re.compile(
    r"\.env(?:\.(?!example|sample|template|dist|defaults?|test|ci)[\w-]+)?|id_(?:rsa|dsa|ecdsa|ed25519)"
    r"|.+\.(?:p12|pfx|jks|keystore|ppk|kdbx)|[._]netrc|\.pypirc|\.git-credentials|\.htpasswd|\.pgpass|kaggle\.json"
    r"|\.dockercfg|\.s3cfg|credentials\.json|client_secrets?\.json"
)
_KEY_TEXT: Final = re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----|\"private_key\"\s*:\s*\"-----BEGIN")
_MAYBE_KEY: Final = re.compile(r".+\.(?:pem|key)|service[-_]?account[\w-]*\.json|[\w-]*credentials[\w-]*\.json")
_LFS: Final = b"version https://git-lfs"
_SMALL: Final = 1_024
_HEAD: Final = 1 << 17
_MANY: Final = 5
"""Personal values in the beginning of a table that make it personal data."""
_FREE: Final = frozenset({"doc", "docs", "example", "examples", "sample", "samples", "demo"})


def exposed(root: Path, files: Sequence[File], has_git: bool) -> Iterator[Finding]:
    """Keys, data and models among the files; each folder of data as one finding."""
    for file in files:
        if not file.problem and (_KEYS.fullmatch(file.name) or _MAYBE_KEY.fullmatch(file.name.lower())):
            yield from _key(file)
    data = [one for one in files if not one.problem and one.suffix in _DATA | _MODELS and _is_real(one)]
    for file in data:
        if file.suffix in TABLES and (finding := _personal(file)) is not None:
            yield finding
    if has_git:
        yield from _folders(COMMITTED, [one for one in data if one.is_tracked and one.suffix in _DATA])
        yield from _folders(MODEL, [one for one in data if one.is_tracked and one.suffix in _MODELS])
        yield from _folders(NOT_IGNORED, [one for one in data if not one.is_tracked])
        has_code = any(one.suffix in (".py", ".ipynb") for one in files)
        if has_code and not any(one.name == ".gitignore" for one in files) and not (root / ".gitignore").exists():
            yield Finding(rule=NO_IGNORES, path="", what="it has code and no .gitignore")
    if is_reachable(root):
        yield from _folders(WRITABLE, [one for one in data if one.mode & stat.S_IWOTH and _is_open(root, one)])
        yield from _folders(OPEN, [one for one in data if one.mode & stat.S_IROTH and _is_open(root, one)])


def _key(file: File) -> Iterator[Finding]:
    if file.size == 0 or file.is_test:
        return
    try:
        head = read(file, 1 << 16)
    except OSError:
        return  # it is told of as unread
    if not _KEYS.fullmatch(file.name) and not _KEY_TEXT.search(head):
        return
    if file.name.startswith(".env") and not re.search(rb"^[^#\n=]+=[ \t\"']*[^\s\"']", head, re.MULTILINE):
        return
    yield Finding(
        rule=LOOSE_KEY if file.is_tracked is False else KEY_FILE,
        path=file.path,
        what=f"{file.name}, {file.size:,} bytes",
    )


def _is_real(file: File) -> bool:
    """Whether it is more than a sample for tests or documents, or a pointer to a file that is kept elsewhere."""
    if file.size < _SMALL or file.is_test or _FREE.intersection(file.path.lower().split("/")[:-1]):
        return False
    try:
        return not read(file, len(_LFS)).startswith(_LFS)
    except OSError:
        return True


def _personal(file: File) -> Finding | None:
    try:
        text = read(file, _HEAD).decode("utf-8", "replace")
    except OSError:
        return None
    counts = personal_in(text)
    if sum(counts.values()) < _MANY:
        return None
    where = "its first 128 KB" if file.size > _HEAD else "it"
    return Finding(rule=PERSONAL, path=file.path, line=1, what=f"in {where}: {told(counts)}")


def _folders(rule: Rule, files: Sequence[File]) -> Iterator[Finding]:
    """One finding a folder, with the largest files by name."""
    folders: dict[str, list[File]] = {}
    for file in files:
        folders.setdefault(file.path.rpartition("/")[0], []).append(file)
    for kept in folders.values():
        largest = sorted(kept, key=lambda one: -one.size)
        names = ", ".join(one.name for one in largest[:3]) + (", ..." if len(kept) > 3 else "")
        size = sum(one.size for one in kept)
        what = f"{len(kept)} file{'s' if len(kept) > 1 else ''} of {size:,} bytes: {names}"
        yield Finding(rule=rule, path=largest[0].path, what=what)


def is_reachable(root: Path) -> bool:
    """Whether other accounts can get as far as the folder: each folder above it lets them through."""
    try:
        return all(os.stat(one).st_mode & stat.S_IXOTH for one in (root, *root.parents))
    except OSError:
        return False


def _is_open(root: Path, file: File) -> bool:
    here = file.full.parent
    while here != root:
        try:
            if not os.stat(here).st_mode & stat.S_IXOTH:
                return False
        except OSError:
            return False
        if here == here.parent:
            return False
        here = here.parent
    return True
