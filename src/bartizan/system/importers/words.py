"""What words of foreign files mean here: tasks, architectures, formats, classifications. Rows are tried in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

Row: TypeAlias = tuple[str, str | None, str | None, tuple[str, ...]]
"""(pattern, type of model, task, what it gives)."""

_TASKS: tuple[Row, ...] = (
    (r"text.to.image|image.generation|image.synthesis", "generative", "generation", ("image",)),
    (r"text.to.(speech|audio)|audio.generation|music", "generative", "generation", ("audio",)),
    (r"text.to.video|video.generation", "generative", "generation", ("video",)),
    (r"code.generation|code.completion|coding", "generative", "coding", ("code",)),
    (r"text.?(2|to).?text|text.generation|generative|caption|image.to.text", "generative", "generation", ()),
    (r"conversation|chat|dialog|instruct", "generative", "conversation", ()),
    (r"summari[sz]", "generative", "summarisation", ()),
    (r"translat", "generative", "translation", ()),
    (r"classif|sentiment|spam|fill.mask", "predictive", "classification", ()),
    (r"detect|segment|anomal|recognition", "predictive", "detection", ()),
    (r"scor", "predictive", "scoring", ()),
    (r"regress", "predictive", "regression", ()),
    (r"forecast|time.series", "predictive", "forecasting", ()),
    (r"cluster", "predictive", "clustering", ()),
    (r"recommend", "predictive", "recommendation", ()),
    (r"rank", "predictive", "ranking", ()),
    (r"extract|entit", "predictive", "extraction", ()),
    (r"embed|similarity|retriev|search", "predictive", "search", ()),
    (r"plan", None, "planning", ()),
    (r"control|reinforcement", "predictive", "control", ()),
)
_ARCHITECTURES = (
    (r"gpt|llama|mi[sx]tral|gemma|gemini|claude|qwen|falcon|deepseek|bloom\b|\bphi-?\d|\bt5\b|command-r", "generative"),
    (r"diffusion|\bgan\b|\bllm\b|large language|language model", "generative"),
    (r"bert|resnet|yolo|xgboost|lightgbm|catboost|gradient.boost|random.forest|decision.tree", "predictive"),
    (r"efficientnet|mobilenet|\bvit\b|\bsvm\b|support.vector|logistic|linear.regression|naive.bayes", "predictive"),
    (r"rule.?(based|engine|system)|expert.system|heuristic", "heuristic"),
)
_FORMATS = (
    (r"^image|png|jpe?g|tiff|dicom", "image"),
    (r"^audio|wav|mp3|speech", "audio"),
    (r"^video|mp4", "video"),
    (r"pdf|docx?|document", "document"),
    (r"csv|tabular|table|parquet|dataframe|spreadsheet|feature", "table"),
    (r"code", "code"),
    (r"label|class|categor", "label"),
    (r"score|probab|logit|float|number|double|confidence", "score"),
    (r"signal|sensor|time.series", "signal"),
    (r"^text|string|prompt|utf", "text"),
)
_OPEN = re.compile(r"\b(not|non|un)[ -]?(sensitive|confidential|classified)|^(public|open|published)", re.IGNORECASE)
_SECRET = re.compile(
    r"confidential|restricted|secret|sensitive|internal|private|personal|\bpi[ifi]\b|\bphi\b|\bpci\b|\bpersonal|proprietary",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"personal|\bpii\b|\bphi\b|\bnames?\b|e-?mail|address|phone|birth|patient|customer|health|medical|biometric|face|passport"
    r"|social security|\bssn\b|gender|ethnic|religio|location",
    re.IGNORECASE,
)


def task_of(text: str) -> Row | None:
    """What a task says of a model; None where it says nothing that is known."""
    return next((row for row in _TASKS if re.search(row[0], text, re.IGNORECASE)), None)


def type_of(text: str) -> str | None:
    """The type of model that an architecture or a name stands for."""
    return next((kind for pattern, kind in _ARCHITECTURES if re.search(pattern, text, re.IGNORECASE)), None)


def format_of(text: str) -> str | None:
    """The modality that a format stands for."""
    return next((kind for pattern, kind in _FORMATS if re.search(pattern, text, re.IGNORECASE)), None)


def is_sensitive(classification: str) -> bool | None:
    """Whether data of a classification is sensitive; None where the word says nothing that is known."""
    if _OPEN.search(classification):
        return False
    return True if _SECRET.search(classification) else None


def is_personal(text: str) -> bool:
    """Whether a text speaks of data about people."""
    return _PERSONAL.search(text) is not None


def role_of(text: str, otherwise: str | None) -> str | None:
    """The role of data that a name or a description gives away."""
    rows: Mapping[str, Iterable[str]] = {
        "system_prompt": (r"system.?prompt|prompt.?template|instructions?\b",),
        "memory": (r"\bmemory\b|chat.?history|conversation.?(store|history)",),
        "retrieval": (r"retriev|\brag\b|vector|knowledge.?base|embedding.?(store|index)|corpus for search",),
        "validation": (r"validation|\bval\b|\bdev set\b",),
        "test": (r"\btest(ing)?\b|evaluat|benchmark|hold.?out",),
        "training": (r"train|fine.?tun",),
    }
    for role, patterns in rows.items():
        if any(re.search(p, text, re.IGNORECASE) for p in patterns):
            return role
    return otherwise
