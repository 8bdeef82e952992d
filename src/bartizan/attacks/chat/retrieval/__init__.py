"""Attacks on retrieval: what gets in, who gets what out, what stays behind, and what its vectors tell."""

from __future__ import annotations

from bartizan.attacks.chat.family import ChatAttack
from bartizan.attacks.chat.retrieval.deletion import DeletedFromAnswers, DeletedFromIndex
from bartizan.attacks.chat.retrieval.embedding_inversion import EmbeddingInversion
from bartizan.attacks.chat.retrieval.poisoning import (
    ForgedProvenanceAnswer,
    ForgedProvenanceRanking,
    PoisonedAnswer,
    PoisonedRanking,
)
from bartizan.attacks.chat.retrieval.tenants import CrossTenantAnswer, CrossTenantRetrieval, UnsafeFallback

RETRIEVAL_ATTACKS: tuple[type[ChatAttack], ...] = (
    PoisonedRanking,
    PoisonedAnswer,
    ForgedProvenanceRanking,
    ForgedProvenanceAnswer,
    CrossTenantRetrieval,
    CrossTenantAnswer,
    UnsafeFallback,
    DeletedFromIndex,
    DeletedFromAnswers,
    EmbeddingInversion,
)
"""All of them."""
