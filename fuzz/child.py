"""The process of one harness: counts branches of what it imports, and hands over to libFuzzer, which ends it."""

from __future__ import annotations

import importlib
import sys

import atheris

from fuzz.harness import Harness


def run(harness: Harness, arguments: list[str]) -> None:
    """Fuzz with these arguments of libFuzzer; a file among them is run once. It does not return."""
    with atheris.instrument_imports(include=list(harness.watches)):
        module = importlib.import_module(f"fuzz.{harness.module}")
    more = {"custom_mutator": module.mutate} if hasattr(module, "mutate") else {}
    atheris.Setup([f"{sys.executable} -m fuzz {harness.name}", *arguments], module.check, **more)
    atheris.Fuzz()
