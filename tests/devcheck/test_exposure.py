"""Keys, data and models that lie where others can read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.devcheck import exposure
from bartizan.devcheck.checking import check
from tests.devcheck.repositories import repository, rules_at, write

ROWS = "id,mail\n" + "".join(f"{n},person.{n}@gmail.com\n" for n in range(100))
NUMBERS = "a,b\n" + "".join(f"{n},{n * 7}\n" for n in range(400))
BASE = {".gitignore": "*.log\n", "LICENSE": "MIT License"}


def found(root: Path) -> list[tuple[str, str, str]]:
    kept = check(root).open
    return [(one.level, one.rule.id, one.path) for one in kept if "world" not in one.rule.id]


def test_files_of_keys_are_found_and_examples_of_them_are_not(tmp_path: Path) -> None:
    key = "-----BEGIN " + "PRIVATE KEY-----\nabc\n"
    files = {
        ".env": "HOST=localhost\n",
        ".env.example": "KEY=\n",
        "id_rsa.pub": "ssh-rsa x",
        "c.pem": key,
        "d.pem": "x",
    }
    root = repository(tmp_path / "r", {**BASE, **files, "x/.env.production": "# nothing\n"})
    assert [one for one in found(root) if one[1].startswith("files")] == [
        ("high", "files.key", ".env"),
        ("high", "files.key", "c.pem"),
    ]


def test_a_key_file_that_is_ignored_is_fine_and_one_that_is_not_yet_kept_is_medium(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {**BASE, ".gitignore": ".env\n"})
    write(root, {".env": "A=1\n", "y/.netrc": "machine x\n"})
    assert found(root) == [("medium", "files.key-not-ignored", "y/.netrc")]


def test_personal_data_in_a_table_is_high_and_numbers_are_not(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {**BASE, "data/people.csv": ROWS, "data/n.csv": NUMBERS})
    assert found(root) == [("high", "data.personal", "data/people.csv"), ("low", "data.committed", "data/n.csv")]


def test_data_and_models_are_told_by_folder_but_not_samples_and_pointers(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n" + "x" * 2_000
    files: dict[str, str | bytes] = {
        "data/a.npy": b"\x93NUMPY" + bytes(4_000),
        "data/b.npy": bytes(5_000),
        "m/model.pt": bytes(5_000),
        "m/far.pt": pointer,
        "tests/data/c.csv": NUMBERS,
        "examples/d.csv": NUMBERS,
        "small.csv": "a,b\n1,2\n",
    }
    assert found(repository(tmp_path / "r", {**BASE, **files})) == [
        ("low", "data.committed", "data/b.npy"),
        ("low", "model.committed", "m/model.pt"),
    ]


def test_data_that_is_not_kept_and_not_ignored_is_told(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {"a.py": "x = 1\n", "LICENSE": "MIT License"})
    write(root, {"data/n.csv": NUMBERS})
    assert found(root) == [("low", "data.no-gitignore", ""), ("low", "data.not-ignored", "data/n.csv")]


def test_who_may_read_and_change_data_on_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(
        tmp_path / "r", {**BASE, "a/n.csv": NUMBERS, "b/n.csv": NUMBERS, "c/n.csv": NUMBERS, "d/n.csv": NUMBERS}
    )
    monkeypatch.setattr(exposure, "is_reachable", lambda _: True)  # where tests run, folders above may be closed
    for name, mode in (("a", 0o640), ("b", 0o644), ("c", 0o666), ("d", 0o644)):
        (root / name).chmod(0o755)
        (root / name / "n.csv").chmod(mode)
    (root / "d").chmod(0o750)
    kept = {
        (rule, path) for _, rule, path in ((x.level, x.rule.id, x.path) for x in check(root).open) if "world" in rule
    }
    assert kept == {
        ("data.world-readable", "b/n.csv"),
        ("data.world-readable", "c/n.csv"),
        ("data.world-writable", "c/n.csv"),
    }


def test_a_closed_folder_above_keeps_others_out(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    repository(folder / "r", {**BASE, "a/n.csv": NUMBERS})
    folder.chmod(0o700)
    assert not exposure.is_reachable((folder / "r").resolve())
    assert not any("world" in rule for _, rule, _ in rules_at(check(folder / "r")))
