"""Models and data that code downloads: by which commit, and whether anybody checks what came."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from bartizan.devcheck.finding import Finding
from bartizan.devcheck.loading import found, is_true
from bartizan.devcheck.program import Call, Program, some
from bartizan.devcheck.rule import DEV_SECURITY, SUPPLY_CHAIN, Rule

_BOTH: Final = (DEV_SECURITY, SUPPLY_CHAIN)

UNPINNED: Final = Rule(
    id="download.unpinned",
    level="medium",
    title="A model or data set is fetched without its commit",
    why="What the name stands for can change from one run to the next, by its owner or by whoever takes over the name.",
    fix="Say revision='<the commit, 40 digits>'; a branch or a tag can be moved.",
    refs=("CWE-494", "CWE-1357", "AML.T0010"),
    controls=_BOTH,
)
UNCHECKED: Final = Rule(
    id="download.unchecked",
    level="medium",
    title="A model or data file is downloaded and not checked",
    why="What the address serves can change, on the server or on the way.",
    fix="Compare the SHA-256 of the file with one that stands in the code before it is used.",
    refs=("CWE-494", "AML.T0010"),
    controls=_BOTH,
)
PLAIN: Final = Rule(
    id="download.plain-http",
    level="medium",
    title="Something is downloaded without encryption",
    why="Anybody on the way can read it and put something else in its place.",
    fix="Use https.",
    refs=("CWE-319", "CWE-494"),
    controls=_BOTH,
)
RULES: Final = (UNPINNED, UNCHECKED, PLAIN)

FILES: Final = re.compile(
    r"\.(?:csv|tsv|jsonl|ndjson|parquet|feather|arrow|npy|npz|pkl|pickle|joblib|pt|pth|ckpt|bin|onnx|safetensors|gguf|h5|hdf5"
    r"|keras|pb|tflite|model|zip|tar|tgz|tar\.gz|tar\.bz2|gz|7z|zst|sqlite|db|xlsx?|mat|tfrecord|whl)(?:[?#]\S*)?$",
    re.IGNORECASE,
)
"""How addresses of models and data end."""
LOCAL: Final = re.compile(
    r"https?://(?:localhost|127\.|0\.0\.0\.0|\[::1\]|host\.docker\.internal|10\.|192\.168\.|[\w-]+(?::|/|$))"
)
"""Addresses that stay here: nobody sits between."""
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_CHECKING: Final = re.compile(r"sha\d+|md5|blake|checksum|digest|known_hash|file_hash|hexdigest|verify_", re.IGNORECASE)
_NAME: Final = re.compile(r"(?:[\w.-]{1,96}/)?[\w.-]{1,96}")
_BUILDERS: Final = frozenset(
    {
        "csv",
        "json",
        "text",
        "parquet",
        "arrow",
        "pandas",
        "imagefolder",
        "audiofolder",
        "videofolder",
        "webdataset",
        "generator",
    }
)
_GETTING: Final = re.compile(
    r"urllib\.request\.(?:urlopen|urlretrieve)|urllib\.urlretrieve|requests\.get|httpx\.get|wget\.download"
    r"|gdown\.download|(?:tensorflow\.)?keras\.utils\.get_file|torchvision\.datasets\.utils\.download_\w+"
    r"|torch\.hub\.(?:download_url_to_file|load_state_dict_from_url)"
)
_READING: Final = re.compile(r"(?:pandas|polars)\.read_\w+")
_HUBS: Final = frozenset({"huggingface_hub.hf_hub_download", "huggingface_hub.snapshot_download"})


def unpinned_downloads(program: Program) -> Iterator[Finding]:
    """What the calls of a program fetch that may be something else tomorrow."""
    checked: dict[ast.AST, bool] = {}
    for call in program.calls:
        yield from _by_name(program, call)
        if _GETTING.fullmatch(call.path) or _READING.fullmatch(call.path):
            yield from _by_address(program, call, checked)


def _by_name(program: Program, call: Call) -> Iterator[Finding]:
    named = _named(program, call)
    if named is None:
        return
    revision = call.argument("revision")
    if revision is None and not call.is_open:
        yield found(
            program, UNPINNED, call, "" if named else "what it fetches comes from elsewhere", is_unknown=not named
        )
        return
    text = program.text(revision)
    if text is None:
        if not (isinstance(revision, ast.Constant) and revision.value is None):
            yield found(program, UNPINNED, call, "the revision comes from elsewhere", is_unknown=True)
        else:
            yield found(program, UNPINNED, call, "", is_unknown=not named)
    elif not _COMMIT.fullmatch(text):
        yield found(program, UNPINNED, call, f"'{text}' is no commit")


def _named(program: Program, call: Call) -> str | None:
    """What a call fetches from a hub; empty: it cannot be told; None: nothing."""
    argument = _argument(program, call)
    if argument is None or is_true(call.argument("local_files_only")):
        return None
    text = program.text(argument)
    if text is None:
        return "" if isinstance(argument, ast.Name | ast.Attribute | ast.Subscript) else None
    if text.startswith(("/", "./", "../", "~", "\\")) or not _NAME.fullmatch(text) or _is_here(program, text):
        return None
    return text


def _argument(program: Program, call: Call) -> ast.expr | None:
    """The argument that names what is fetched; None: the call fetches nothing from a hub."""
    path, method = call.path, call.method
    if method == "from_pretrained":
        return _of_from_pretrained(call)
    if path in _HUBS or (method in ("hf_hub_download", "snapshot_download") and path.startswith("huggingface_hub")):
        return call.argument("repo_id", 0)
    if path in ("datasets.load_dataset", "datasets.load.load_dataset"):
        name = call.argument("path", 0)
        return None if program.text(name) in _BUILDERS else name
    if path in ("transformers.pipeline", "transformers.pipelines.pipeline"):
        return call.argument("model", 1) or (call.argument("task", 0) if call.argument("model") is None else None)
    if path in ("sentence_transformers.SentenceTransformer", "sentence_transformers.CrossEncoder"):
        return call.argument("model_name_or_path", 0) or call.argument("model_name", 0)
    return None


def _of_from_pretrained(call: Call) -> ast.expr | None:
    owner = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
    if isinstance(owner, ast.Call) or (isinstance(owner, ast.Name) and owner.id in ("cls", "self")):
        return None  # a class that hands on to its parent: who calls it names what is fetched
    if owner is None:
        return None
    return call.argument("pretrained_model_name_or_path", 0)


def _is_here(program: Program, text: str) -> bool:
    """Whether a name is a folder beside the file or at the top, so that nothing is fetched."""
    root = program.file.full.parents[program.file.path.count("/")]
    try:
        return (program.file.full.parent / text).exists() or (root / text).exists()
    except (OSError, ValueError):
        return False


def _by_address(program: Program, call: Call, checked: dict[ast.AST, bool]) -> Iterator[Finding]:
    address = next(
        (
            text
            for one in (*call.node.args[:2], *(key.value for key in call.node.keywords))
            if (text := program.text(one)) is not None and re.match(r"(?:https?|ftp)://", text)
        ),
        None,
    )
    if address is None:
        return
    if address.startswith(("http://", "ftp://")) and not LOCAL.match(address):
        yield found(program, PLAIN, call)
    elif FILES.search(address) and not LOCAL.match(address):
        if call.within not in checked:
            checked[call.within] = _checks(call.within)
        if not checked[call.within] and not any(
            one.arg and _CHECKING.search(one.arg) and not _is_none(one.value) for one in call.node.keywords
        ):
            yield found(program, UNCHECKED, call)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _checks(within: ast.AST) -> bool:
    """Whether a function, or the code outside of functions, does something with a digest."""
    for one in some(within, 20_000):
        name = one.id if isinstance(one, ast.Name) else one.attr if isinstance(one, ast.Attribute) else ""
        if name and _CHECKING.search(name):
            return True
    return False
