"""Every case of retrieval reaches its goal at a system that lacks the safeguard against it, and at no sound one."""

from __future__ import annotations

import asyncio
import random

import pytest

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.family import ChatAttack
from bartizan.attacks.chat.retrieval import RETRIEVAL_ATTACKS
from bartizan.attacks.chat.retrieval.deletion import DeletedFromAnswers, DeletedFromIndex
from bartizan.attacks.chat.retrieval.embedding_inversion import (
    SLOTS,
    VOCABULARY,
    EmbeddingInversion,
    beyond_chance,
    cosine,
    recovered,
    secret_words,
)
from bartizan.attacks.chat.retrieval.passages import competitors, crafted
from bartizan.attacks.chat.retrieval.poisoning import PoisonedRanking
from bartizan.core.chat_spec import RetrievalSpec
from bartizan.core.transcript import Surface
from bartizan.targets.chat.assistant import Assistant, Setting, TrialFailed
from bartizan.targets.chat.retrieval import WithRetrieval
from tests.attacks.chat.retriever import SAFEGUARDS, Extractive, Retriever
from tests.attacks.chat.trials import attempts, case_called, cases_of, happened, outcome

SPEC = RetrievalSpec(search="/search", ingest="/ingest", delete="/delete", embed="/embed")


def system(*missing: str) -> Assistant:
    """A new system without these safeguards."""
    assert SAFEGUARDS.issuperset(missing)
    retriever = Retriever(safeguards=SAFEGUARDS - set(missing))
    return WithRetrieval(Extractive(retriever), SPEC, retriever)


ATTEMPTS = attempts(system(), cases_of("retrieval"))
_each = pytest.mark.parametrize(
    ("case", "attack", "surface"), ATTEMPTS, ids=[f"{case.id}-{attack.id}" for case, attack, _ in ATTEMPTS]
)


@_each
def test_a_system_without_safeguards_loses(case: Case, attack: ChatAttack, surface: Surface) -> None:
    missing = SAFEGUARDS - ({"filters"} if case.id == "fallback_unfiltered" else set())
    assert outcome(system(*missing), case, attack, surface)


@_each
def test_a_sound_system_holds(case: Case, attack: ChatAttack, surface: Surface) -> None:
    assert not outcome(system(), case, attack, surface)


@pytest.mark.parametrize(
    ("missing", "found"),
    [
        ("filters", {"other_tenant_retrieved", "other_tenant_told"}),
        ("fails_closed", {"fallback_unfiltered"}),
        ("clears_cache", {"deleted_still_found", "deleted_still_told"}),
        ("hides_vectors", {"vectors_tell_text"}),
        (
            "checks_source",
            {"provenance_forged_ranks", "provenance_forged_said", "corpus_poison_price"},
        ),
    ],
)
def test_each_safeguard_that_is_missing_is_found_by_its_own_cases_alone(missing: str, found: set[str]) -> None:
    assert {case.id for case, attack, surface in ATTEMPTS if outcome(system(missing), case, attack, surface)} == found


def test_every_attack_on_retrieval_is_used_by_a_case() -> None:
    assert {attack.id for attack in RETRIEVAL_ATTACKS} == {attack.id for _, attack, _ in ATTEMPTS}


def test_a_crafted_passage_has_more_of_the_question_than_any_honest_one() -> None:
    question = "What is the number of your help line?"
    seen, marks = asyncio.run(
        happened(system("reviews"), case_called("corpus_poison_ranks"), PoisonedRanking(), "retrieval")
    )

    first, *others = seen.samples[0].passages
    assert marks.token in first.text
    assert len(others) >= 2
    assert all(first.score > one.score for one in others)
    assert crafted(question, "So.").count(question) > max(text.count(question) for text in competitors(question))


def test_what_was_not_there_before_its_deletion_makes_the_trial_an_error() -> None:
    class Deaf(Retriever):
        def search(self, query: str, user: str, k: int) -> list[dict[str, object]]:
            return []

    deaf = WithRetrieval(Extractive(Deaf()), SPEC, Deaf())

    with pytest.raises(TrialFailed, match="shows nothing"):
        asyncio.run(happened(deaf, case_called("deleted_still_found"), DeletedFromIndex(), "retrieval"))
    with pytest.raises(TrialFailed, match="shows nothing"):
        asyncio.run(happened(deaf, case_called("deleted_still_told"), DeletedFromAnswers(), "document"))


def test_a_target_that_takes_no_documents_is_unfit_for_poisoning() -> None:
    only_search = WithRetrieval(Extractive(Retriever()), RetrievalSpec(search="/search"), Retriever())

    why = PoisonedRanking().unfit(case_called("corpus_poison_ranks"), only_search.card)

    assert "no document can be put" in why


def test_words_come_back_from_plain_vectors_and_not_from_hidden_ones() -> None:
    async def scores(*missing: str) -> list[float]:
        target, case = system(*missing), case_called("vectors_tell_text")
        runs = [await happened(target, case, EmbeddingInversion(), "retrieval", seed) for seed in range(5)]
        return [seen.samples[0].value for seen, _ in runs]

    plain, hidden = asyncio.run(scores("hides_vectors")), asyncio.run(scores())
    assert sum(plain) / 5 > 0.8
    assert max(hidden) < 0.5
    assert sum(hidden) / 5 < 0.2


def test_the_beam_finds_a_text_whose_vector_is_the_stolen_one() -> None:
    async def found() -> tuple[tuple[str, ...], tuple[str, ...]]:
        words = secret_words(random.Random(8))
        world = await system("hides_vectors").world(Setting())
        stolen = (await world.vectors((" ".join(words),)))[0]
        return words, await recovered(world, stolen, len(words), beam=2, pool=24)

    words, guessed = asyncio.run(found())
    assert sorted(words) == sorted(guessed)


def test_the_score_takes_chance_off() -> None:
    chance = len(SLOTS) / len(VOCABULARY)

    assert len(set(VOCABULARY)) == len(VOCABULARY)
    assert beyond_chance(chance) == 0.0
    assert beyond_chance(0.0) == 0.0
    assert beyond_chance(1.0) == 1.0
    assert beyond_chance(0.6) == pytest.approx((0.6 - chance) / (1 - chance))


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ((1.0, 0.0), (2.0, 0.0), 1.0),
        ((1.0, 0.0), (0.0, 3.0), 0.0),
        ((0.0, 0.0), (1.0, 1.0), 0.0),
        ((1.0,), (-1.0,), -1.0),
    ],
)
def test_the_cosine_of_vectors(one: tuple[float, ...], other: tuple[float, ...], wanted: float) -> None:
    assert cosine(one, other) == pytest.approx(wanted)
