"""All controls with code, by name. A new one is a module under its catalogue id and a line here."""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.controls.adversarial_rows import AdversarialRows
from bartizan.controls.adversarial_training import FastTraining, PgdTraining, TradesTraining
from bartizan.controls.aggregation import PartitionAggregation
from bartizan.controls.bias_testing import BiasShift, UnwantedBiasTesting
from bartizan.controls.continuous_validation import ContinuousValidation, StreamValidation
from bartizan.controls.control import Control
from bartizan.controls.data_distortion import Cutout, Mixup, TrainingNoise, TrainingSqueeze
from bartizan.controls.data_minimize import DataMinimize, NeedlessColumns
from bartizan.controls.data_quality.activations import ActivationClustering
from bartizan.controls.data_quality.label_errors import LabelErrors
from bartizan.controls.data_quality.second_opinion import SecondOpinion
from bartizan.controls.data_quality.spectral import SpectralSignatures
from bartizan.controls.distillation import DefensiveDistillation, RobustDistillation
from bartizan.controls.ensemble import VoteEnsemble
from bartizan.controls.explainability import Explainability
from bartizan.controls.federated import FederatedLearning
from bartizan.controls.guards.access import ModelAccessControl
from bartizan.controls.guards.anomalous_input import AnomalousInputHandling
from bartizan.controls.guards.evasion_input import DetectorNetwork, FeatureSqueezing, KernelDensity
from bartizan.controls.guards.input_limits import DosInputValidation, LimitResources
from bartizan.controls.guards.input_series import SimilarSeries
from bartizan.controls.guards.monitoring import MonitorUse
from bartizan.controls.guards.obscure_confidence import LabelOnly, ObscureConfidence
from bartizan.controls.guards.query_spread import QuerySpread
from bartizan.controls.guards.rate_limit import RateLimit
from bartizan.controls.input_distortion import Compression, Noise, Smooth, Squeezing
from bartizan.controls.model_integrity import IntegrityCheck, RuntimeModelIntegrity
from bartizan.controls.model_sealed import RuntimeModelConfidentiality
from bartizan.controls.monotone import Monotone
from bartizan.controls.more_data import Augmentation, MoreData
from bartizan.controls.obfuscation import ModelObfuscation, ObfuscationCheck
from bartizan.controls.poison_robust import FinePruning, RejectNegative
from bartizan.controls.private_linear import PrivateLinear
from bartizan.controls.private_training import PrivateTraining
from bartizan.controls.robust_model import LipschitzTraining
from bartizan.controls.small_model import SmallModel
from bartizan.controls.smoothing import Smoothing
from bartizan.controls.watermark import ModelWatermarking, WatermarkCheck
from bartizan.controls.watermark_answers import AnswerWatermarking

CONTROLS: tuple[type[Control], ...] = (
    RobustDistillation,
    DefensiveDistillation,
    AnomalousInputHandling,
    ContinuousValidation,
    StreamValidation,
    DataMinimize,
    NeedlessColumns,
    ActivationClustering,
    LabelErrors,
    SecondOpinion,
    SpectralSignatures,
    DosInputValidation,
    KernelDensity,
    DetectorNetwork,
    FeatureSqueezing,
    LipschitzTraining,
    Monotone,
    Explainability,
    FederatedLearning,
    Compression,
    Noise,
    Smooth,
    Smoothing,
    Squeezing,
    LimitResources,
    ModelAccessControl,
    PartitionAggregation,
    VoteEnsemble,
    ModelObfuscation,
    ObfuscationCheck,
    ModelWatermarking,
    AnswerWatermarking,
    WatermarkCheck,
    MonitorUse,
    Augmentation,
    MoreData,
    PrivateTraining,
    PrivateLinear,
    ObscureConfidence,
    LabelOnly,
    FinePruning,
    RejectNegative,
    RateLimit,
    RuntimeModelConfidentiality,
    RuntimeModelIntegrity,
    IntegrityCheck,
    SmallModel,
    FastTraining,
    PgdTraining,
    AdversarialRows,
    TradesTraining,
    Cutout,
    Mixup,
    TrainingNoise,
    TrainingSqueeze,
    UnwantedBiasTesting,
    BiasShift,
    SimilarSeries,
    QuerySpread,
)


def _name(control: type[Control]) -> str:
    return f"{control.id}/{control.variant}" if control.variant else control.id


_BY_NAME = {_name(control): control for control in CONTROLS}


def control_names() -> tuple[str, ...]:
    """The names of all controls with code: the id in the catalogue, with the variant after a slash where it has any."""
    return tuple(_BY_NAME)


def control_called(name: str, parameters: dict[str, Any] | None = None) -> Control:
    """The control of that name with these parameters, the others as they are by default.

    Raises KeyError for an unknown name, msgspec.ValidationError or ValueError for a parameter that is wrong.
    """
    return msgspec.convert(parameters or {}, _BY_NAME[name], strict=True)


def control_type(name: str) -> type[Control]:
    """The code of that name. Raises KeyError."""
    return _BY_NAME[name]
