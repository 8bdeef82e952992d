"""How a description or an experiment says where the real model is: a value that the core can read without the lab."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.core.chat_spec import ChatSpec

Given: TypeAlias = Literal["probabilities", "logits"]
Form: TypeAlias = Literal["kserve", "mlflow-inputs", "mlflow-instances", "mlflow-dataframe"]
Kind: TypeAlias = Literal["sklearn", "xgboost", "lightgbm", "torch", "onnx", "http"]


class Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How inputs are written and answers read."""

    form: Form = "kserve"
    model: str = "model"
    """KServe's name of the model."""
    input: str = "input-0"
    """KServe's name of the input tensor."""
    datatype: str = ""
    """KServe's type of the input tensor, such as FP32; empty: that of the data."""
    output: str = ""
    """KServe's name of the output tensor to read; empty: the only one."""
    answers: Literal["labels", "probabilities"] = "probabilities"
    class_labels: tuple[str | int, ...] = ()
    """The labels it answers, in the order of their classes, where they are not 0, 1, ..."""
    batch: int = 256
    """Samples in one request at most."""


class TargetSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file says of a target. Paths are relative to that file."""

    rig: str = ""
    """A Rig, or a function that returns one: 'file.py:attribute' or 'package.module:attribute'."""
    kind: Kind | None = None
    model: str = ""
    """The model's file. Pickles (sklearn, torch) also need ``allow``."""
    allow: str = ""
    """The SHA-256 of the one pickle that may be opened: 'sha256:...'."""
    data: str = ""
    """A Dataset, Parts or a Rig, as for ``rig``; or an .npz file with x and y."""
    name: str = ""
    classes: int | None = None
    """How many; None: as the data say."""
    network: str = ""
    """torch: the function that builds the network, where the file holds only its weights."""
    device: str = "cpu"
    """torch: where it runs, such as 'cuda'."""
    given: Given = "probabilities"
    """onnx: what the scores are."""
    class_labels: tuple[str | int, ...] = ()
    """onnx: the labels it answers, in the order of their classes, where they are not 0, 1, ..."""
    url: str = ""
    """http: the server's address, up to where the protocol's own path begins."""
    wire: Wire = Wire()
    """http: how inputs are written and answers read."""
    token_env: str = ""
    timeout: float = 10.0
    retries: int = 2
    norm: Literal["l0", "l2", "linf"] | None = None
    """How changes of an input are measured. For texts words are counted (l0). Default: linf, for texts l0."""
    radius: float | None = None
    """How far an attacker may go: for images in units of a pixel's value, for tables in shares of each column's range,
    for texts in words. Default: 0.1, for texts 3."""
    chat: ChatSpec | None = None
    """For a generative model: the chat endpoint or agent. Then nothing else of what stands here is said."""
    query_price: float = 0.0
    """What one answer costs, in your currency: what an attack would have to pay is told with it."""
    controls: tuple[dict[str, Any] | str, ...] = ()
    """Controls that stand in front of the real thing and have code here, as experiments name them."""
