"""Whose code it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.devcheck.checking import check
from tests.devcheck.repositories import APACHE, repository, rules_of

GPL = '"""A module.\n\nThis is free software under the GNU General Public License.\n"""\nx = 1\n'
MIT = "# Copyright (c) 2020 A. Person\n# Permission is hereby granted, free of charge, to any person\nx = 1\n"


def test_a_repository_with_code_and_no_licence_is_told(tmp_path: Path) -> None:
    assert ("low", "licence.none", None) in rules_of(tmp_path / "a", {"a.py": "x = 1\n"}, "")
    assert rules_of(tmp_path / "b", {"a.py": "x = 1\n", "LICENSE.md": APACHE}, "") == []
    assert rules_of(tmp_path / "c", {"a.md": "text\n"}, "") == []


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (GPL, [("medium", "licence.copyleft")]),
        ("# SPDX-License-Identifier: AGPL-3.0-only\nx = 1\n", [("medium", "licence.copyleft")]),
        (MIT, [("low", "licence.other")]),
        ("# SPDX-License-Identifier: Apache-2.0\nx = 1\n", []),
        ("# SPDX-License-Identifier: MIT OR Apache-2.0\nx = 1\n", []),
        ("# Licensed under the Apache License, Version 2.0\nx = 1\n", []),
        ("x = 1\nlicence = 'GNU General Public License'\n", []),
    ],
)
def test_a_header_is_compared_with_the_licence_of_the_repository(
    tmp_path: Path, header: str, expected: list[tuple[str, str]]
) -> None:
    found = rules_of(tmp_path, {"a.py": header, "LICENSE": APACHE}, "a.py")
    assert [(level, rule) for level, rule, _ in found] == expected


def test_a_licence_that_the_notice_names_is_ours_too(tmp_path: Path) -> None:
    files = {"a.py": MIT, "LICENSE": APACHE, "NOTICE": "a.py: MIT License\n"}
    assert rules_of(tmp_path, files, "a.py") == []


@pytest.mark.parametrize(
    ("comment", "line"),
    [
        ("# copied from https://github.com/a/b/blob/main/c.py", 2),
        ("# Adapted from:\n#   https://stackoverflow.com/a/123", 3),
        ("# Code is based on https://gist.github.com/a/b", 2),
        ("# copied from https://github.com/a/b (MIT License)", None),
        ("# copied from https://github.com/a/b/issues/3", None),
        ("# see https://github.com/a/b", None),
        ("# based on https://arxiv.org/abs/1706.03762", None),
        ("url = 'copied from https://github.com/a/b'", None),
    ],
)
def test_copied_code_without_a_licence_is_told_where_it_says_so(tmp_path: Path, comment: str, line: int | None) -> None:
    found = rules_of(tmp_path, {"a.py": f"x = 1\n{comment}\ny = 2\n", "LICENSE": APACHE}, "a.py")
    assert [(rule, at) for _, rule, at in found] == ([("licence.copied", line)] if line else [])


def test_long_lines_of_such_words_take_no_time(tmp_path: Path) -> None:
    text = "# copied from " * 40_000 + "\n" + "https://github.com/ copied from " * 10_000
    checked = check(repository(tmp_path, {"a.py": text, "LICENSE": APACHE}, git=False))
    assert checked.files == 2
