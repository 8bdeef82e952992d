"""The one place where heavy packages are loaded, at the moment they are needed.

They come without types here on purpose: what crosses this border is turned into our own values at once.
"""

from __future__ import annotations

import importlib
from typing import Any

from bartizan.core.errors import MissingExtra

_EXTRA = {
    "sklearn": "lab",
    "scipy": "lab",
    "joblib": "lab",
    "threadpoolctl": "lab",
    "matplotlib": "lab",
    "cleanlab": "lab",
    "torch": "torch",
    "opacus": "private-training",
    "xgboost": "boosting",
    "lightgbm": "boosting",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "httpx": "lab",
    "ray": "ray",
    "aiohttp": "chat",
    "yarl": "chat",
    "sqlglot": "chat",
    "tree_sitter": "chat",
    "tree_sitter_bash": "chat",
    "markdown_it": "chat",
    "playwright": "rendering",
    "xllamacpp": "local-model",
    "mcp": "mcp",
    "mcp_types": "mcp",
    "anyio": "mcp",
    "httpx2": "mcp",
    "uvloop": "gateway",
    "httptools": "gateway",
    "redis": "gateway",
    "joserfc": "gateway",
    "prometheus_client": "gateway",
    "opentelemetry": "tracing",
    "requests": "tracing",
    "polars": "data",
    "pandera": "data",
    "opendp": "data",
    "presidio_analyzer": "presidio",
    "spacy": "presidio",
    "tldextract": "presidio",
    "model_signing": "signing",
    "OpenSSL": "signing",
    "blake3": "signing",
    "picklescan": "second-opinion",
    "safetensors": "safetensors",
    "numpy": "lab",
    "detect_secrets": "devcheck",
    "cyclonedx": "bom",
    "docx": "docx",
    "fairlearn": "fairness",
}
"""Package -> the extra of Bartizan that installs it."""


def need(module: str) -> Any:
    """The module of that name; MissingExtra, with the install command, where its package is absent."""
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError as absent:
        if (absent.name or "").partition(".")[0] != package:
            raise
        raise MissingExtra(f"'{package}'", _EXTRA[package]) from absent


def extra_of(package: str) -> str:
    """The extra that installs a package; "" for one that no extra names."""
    return _EXTRA.get(package, "")
