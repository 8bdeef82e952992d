"""Classes and functions that settings name, and paths: what is wrong with them."""

# ruff: noqa: SIM905  words are read best as text
from __future__ import annotations

import re
from typing import Final

from bartizan.supply.scan.pickles import rules as pickle_rules
from bartizan.supply.scan.pickles.judging import judged
from bartizan.supply.scan.pickles.values import Global
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.texts import json_rules as rules

_BAD: Final = (pickle_rules.DANGEROUS, pickle_rules.HIDDEN, pickle_rules.STANDARD)
_HOME: Final = frozenset(
    """
    torch torchvision torchaudio transformers diffusers sentence_transformers nemo monai sklearn numpy scipy lightning
    pytorch_lightning timm peft keras tensorflow flax optax jax accelerate mlflow xgboost lightgbm catboost torchmetrics
    hydra megatron omegaconf tokenizers safetensors onnxruntime optimum
    """.split()
)
"""Packages whose classes settings name all day."""
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z+.-]{1,20}://|[a-zA-Z]:[\\/]|\\\\|//")
_SYSTEM: Final = re.compile(r"/(?:etc|proc|sys|dev|tmp|var/tmp|run|boot)(?:/|$)")


def class_rule(path: str) -> Rule | None:
    """What is wrong with a class or function by its dotted path; None: nothing."""
    module, _, name = path.strip().rpartition(".")
    rule = judged(Global(module or "builtins", name))
    if rule is None:
        return None
    if rule in _BAD:
        return rules.LOADS
    return None if module.partition(".")[0] in _HOME else rules.CLASS


def leads_out(path: str) -> bool:
    """Whether a path leads out of the folder that it is in, or is an address."""
    steps = re.split(r"[\\/]", path)
    return ".." in steps or path.startswith(("/", "\\", "~")) or _SCHEME.match(path) is not None or "\0" in path


def is_elsewhere(path: str) -> bool:
    """Whether the name of a model is a place that no training leaves behind: an address, a share, a system's folder."""
    if _SCHEME.match(path) and not re.match(r"https://huggingface\.co/[\w./-]+$", path):
        return re.match(r"[a-zA-Z]:[\\/]", path) is None
    steps = re.split(r"[\\/]", path)
    climbs = steps[:3].count("..") > 2
    return climbs or _SYSTEM.match(path) is not None or (path.startswith(("/", "\\")) and ".." in steps)
