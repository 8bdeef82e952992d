"""Groups of commands: what is loaded, and what is said where a package is absent."""

from __future__ import annotations

import subprocess
import sys

import pytest

_WITHOUT = """
import runpy, sys
for name in ("numpy", "scipy", "polars", "sklearn"):
    sys.modules[name] = None
sys.argv = ["bartizan", *sys.argv[1:]]
runpy.run_module("bartizan", run_name="__main__")
"""


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", _WITHOUT, *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "extra"),
    [(("data", "check", "a.csv"), "data"), (("data", "profile", "a.csv"), "data"), (("lab", "list"), "lab")],
)
def test_a_command_whose_packages_are_absent_says_how_to_install_them(words: tuple[str, ...], extra: str) -> None:
    ran = _run(*words)
    assert ran.returncode == 2
    assert ran.stderr.endswith(f"pip install 'bartizan[{extra}]'\n")
    assert "defect" not in ran.stderr


def test_the_help_of_a_group_needs_none_of_its_packages() -> None:
    ran = _run("data", "--help")
    assert ran.returncode == 0
    assert "profile" in ran.stdout


def test_a_misspelt_command_of_a_group_gets_the_nearest_name() -> None:
    ran = _run("data", "profil")
    assert ran.returncode == 2
    assert "did you mean 'profile'?" in ran.stderr
