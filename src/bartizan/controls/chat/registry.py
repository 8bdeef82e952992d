"""All guards for chat, in the order in which they stand. A new one is a module and a line here, at its place.

Who asks, whether they may, how often and how much come first: they are cheap, and nothing is spent on those who may
not. Then what the texts say. What tokenises data for a supplier comes last: all others read what was really said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from bartizan.controls.chat.anomalous_input_handling import AnomalousInputHandling
from bartizan.controls.chat.augmentation_data_confidentiality import AugmentationDataConfidentiality
from bartizan.controls.chat.augmentation_data_integrity import AugmentationDataIntegrity
from bartizan.controls.chat.dos_input_validation.validation import DosInputValidation
from bartizan.controls.chat.encode_model_output import EncodeModelOutput
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.input_segregation import InputSegregation
from bartizan.controls.chat.least_model_privilege import LeastModelPrivilege
from bartizan.controls.chat.limit_resources import LimitResources
from bartizan.controls.chat.model_access_control.access import ModelAccessControl
from bartizan.controls.chat.model_input_confidentiality import ModelInputConfidentiality
from bartizan.controls.chat.obscure_confidence import ObscureConfidence
from bartizan.controls.chat.oversight import Oversight
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.prompt_injection_io_handling import PromptInjectionHandling
from bartizan.controls.chat.rate_limit import RateLimit
from bartizan.controls.chat.sensitive_output_handling import SensitiveOutputHandling
from bartizan.controls.chat.unwanted_input_series_handling.series import UnwantedInputSeriesHandling

CHAT_GUARDS: tuple[type[ChatGuard], ...] = (
    ModelAccessControl,
    Oversight,
    RateLimit,
    LimitResources,
    DosInputValidation,
    AnomalousInputHandling,
    UnwantedInputSeriesHandling,
    AugmentationDataConfidentiality,
    AugmentationDataIntegrity,
    PromptInjectionHandling,
    LeastModelPrivilege,
    SensitiveOutputHandling,
    EncodeModelOutput,
    ObscureConfidence,
    ModelInputConfidentiality,
    InputSegregation,
)


def _name(guard: type[ChatGuard]) -> str:
    return f"{guard.id}/{guard.variant}" if guard.variant else guard.id


_BY_NAME = {_name(one): one for one in CHAT_GUARDS}
_PLACES = {one: i for i, one in enumerate(CHAT_GUARDS)}


def chat_guard_names() -> tuple[str, ...]:
    """The names of all guards, in their order."""
    return tuple(_BY_NAME)


def chat_guard_type(name: str) -> type[ChatGuard]:
    """The guard's class. Raises KeyError."""
    return _BY_NAME[name]


def chat_guard_called(name: str, settings: dict[str, Any] | None = None) -> ChatGuard:
    """A guard with these settings, the others as they are by default.

    Raises KeyError for an unknown name, msgspec.ValidationError or ValueError for a setting that is wrong.
    """
    return msgspec.convert(settings or {}, _BY_NAME[name], strict=True)


def in_order(posts: Iterable[Post]) -> list[Post]:
    """Posts as they stand: in the order of the registry."""
    return sorted(posts, key=lambda one: _PLACES.get(type(one.guard), len(_PLACES)))
