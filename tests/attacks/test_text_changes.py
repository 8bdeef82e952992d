from __future__ import annotations

import unicodedata
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from bartizan.attacks.family import Knowledge
from bartizan.attacks.text_changes import TextChanges
from bartizan.attacks.text_drafts import Draft
from bartizan.attacks.text_edits import EDITS, good_words, variants
from bartizan.attacks.text_synonyms import SYNONYMS
from bartizan.core.extras import need
from bartizan.lab.reference.messages import MESSAGES
from bartizan.lab.reference.rigs import messages
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Unsuitable
from bartizan.targets.sklearn_models import SklearnPredictor
from bartizan.targets.text_distance import text_distance
from tests.attacks.walks import LabelsOnly, right, run, stays
from tests.rigs import digits, rng

THREE = Limit(norm="l0", radius=3)


def texts(*given: str) -> Dataset:
    x = np.empty(len(given), object)
    x[:] = given
    return Dataset(x=x, y=np.array(["free" in text for text in given], np.int64), classes=2)


def filter_of_words() -> SklearnPredictor:
    """Spam is what holds 'free' or 'prize': a filter of counted words, as simple as they come."""
    data = texts(*["free prize now", "a free watch", "see you now", "the meeting now", "a watch for you"] * 4)
    steps = need("sklearn.feature_extraction.text").CountVectorizer(), need("sklearn.linear_model").LogisticRegression()
    return SklearnPredictor(need("sklearn.pipeline").make_pipeline(*steps).fit(data.x, data.y), MESSAGES)


def test_the_word_that_tells_is_found_and_written_differently() -> None:
    data = texts("please take a free watch now")
    found, wrong, border = run(TextChanges(edits=("typo",)), filter_of_words(), data, Limit(norm="l0", radius=1))
    assert wrong.all()
    words = found[0].split()
    assert words[:3] + words[4:] == data.x[0].split()[:3] + data.x[0].split()[4:]
    assert words[3] != "free"
    assert border.ledger.queries < 25


@pytest.mark.parametrize("edit", sorted(set(EDITS) - {"synonym"}))
def test_every_way_of_writing_hides_the_word_from_the_filter(edit: str) -> None:
    attack = msgspec.convert({"edits": [edit], "borrowed": 0}, TextChanges)
    _, wrong, _ = run(attack, filter_of_words(), texts("a free watch"), Limit(norm="l0", radius=2))
    assert wrong.all()


def test_more_words_fool_more_and_never_more_than_the_limit_says() -> None:
    rig = messages()
    data, rates = right(rig, 40), []
    for radius in (1, 3, 8):
        limit = Limit(norm="l0", radius=radius)
        found, wrong, _ = run(TextChanges(), rig.target, data, limit, Knowledge(reserve=rig.reserve))
        assert text_distance(found, data.x).max() <= radius
        assert limit.holds(found, data.x).all()
        rates.append(wrong.mean())
    assert rates[0] <= rates[1] < rates[2]
    assert rates[2] > 0.5


def test_words_of_the_other_class_help() -> None:
    rig, data = messages(), right(messages(), 40)
    with_, without = (
        run(TextChanges(borrowed=n), rig.target, data, Limit(norm="l0", radius=6), Knowledge(reserve=rig.reserve))[1]
        for n in (8, 0)
    )
    assert with_.sum() > without.sum()


def test_by_labels_alone_random_drafts_find_some() -> None:
    rig, data = messages(), right(messages(), 30)
    target = LabelsOnly(rig.target)
    attack, known = TextChanges(tries=20), Knowledge(reserve=rig.reserve)
    found, wrong, border = run(attack, target, data, Limit(norm="l0", radius=6), known)
    assert wrong.any()
    assert text_distance(found, data.x).max() <= 6
    assert ((found != data.x) == wrong).all()
    assert border.ledger.calls <= 2 + 20


def test_a_filter_that_refuses_is_not_fooled() -> None:
    class Careful(LabelsOnly):
        def labels(self, x: np.typing.NDArray[np.object_]) -> Labels:
            plain = np.array([text.isascii() for text in x])
            return np.where(plain, self.inner.labels(x), REFUSED)

    attack = TextChanges(edits=("lookalike", "hidden"))
    assert stays(attack, Careful(filter_of_words()), texts("a free watch"), THREE)


@pytest.mark.parametrize("given", [(), ("",), ("   ",)])
def test_texts_without_words_come_back_as_they_were(given: tuple[str, ...]) -> None:
    target: Predictor = filter_of_words()
    data = texts(*given)
    if given:
        data = Dataset(x=data.x, y=target.labels(data.x), classes=2)
    assert stays(TextChanges(), target, data, THREE)
    assert stays(TextChanges(), LabelsOnly(target), data, THREE)


def test_a_limit_below_one_word_leaves_all_as_it_was() -> None:
    assert stays(TextChanges(), filter_of_words(), texts("a free watch"), Limit(norm="l0", radius=0))


def test_only_a_number_of_words_is_a_limit_for_texts() -> None:
    with pytest.raises(Unsuitable, match="linf"):
        run(TextChanges(), filter_of_words(), texts("a free watch"), Limit(norm="linf", radius=0.1))
    assert "text" in TextChanges().unfit(digits().target)


def test_the_same_seed_writes_the_same() -> None:
    rig, data = messages(), right(messages(), 10)
    first, again = (run(TextChanges(), rig.target, data, THREE, seed=4)[0] for _ in range(2))
    assert (first == again).all()


def test_each_item_is_as_good_as_the_one_before() -> None:
    rig, data = messages(), right(messages(), 15)
    items = list(TextChanges().propose(Border(rig.target), data, THREE, Knowledge(reserve=rig.reserve), rng()))
    assert (items[0] == data.x).all()
    sure = [rig.target.scores(x)[np.arange(len(data)), data.y].mean() for x in items]
    assert all(b <= a + 1e-9 for a, b in pairwise(sure))


def test_variants_look_like_the_word_or_mean_the_same() -> None:
    word, draw = "Account", rng()
    for name, edit in EDITS.items():
        assert word not in edit(word, draw), name
    assert "Profile" in EDITS["synonym"](word, draw)
    assert all(len(w) in {6, 7, 8} and w[0] == "A" for w in EDITS["typo"](word, draw))
    one, whole = EDITS["lookalike"](word, draw)
    assert sum(a != b for a, b in zip(one, word, strict=True)) == 1
    assert "CYRILLIC" in unicodedata.name(whole[0])
    assert EDITS["leet"]("prize", draw) == ("pr1z3",)
    assert EDITS["hidden"](word, draw)[0].replace("\u200b", "") == word
    assert {w.replace(".", "").replace(" ", "") for w in EDITS["spaced"](word, draw)} == {word}
    assert variants("a", ("typo", "hidden", "spaced"), draw) == []
    assert variants("...", tuple(EDITS), draw)


def test_synonyms_go_both_ways_and_no_word_is_its_own() -> None:
    assert len(SYNONYMS) > 250
    for word, others in SYNONYMS.items():
        assert word not in others
        assert all(word in SYNONYMS[other] for other in others)


def test_good_words_are_those_that_the_class_has_more_of() -> None:
    data = texts("free now", "free watch", "meeting now", "meeting you")
    assert good_words(data, 0, 5)[0] == "meeting"
    assert good_words(data, 1, 1) == ("free",)


def test_a_draft_keeps_the_blanks_of_its_text() -> None:
    draft = Draft.of("  two\twords\n")
    assert str(draft) == "  two\twords\n"
    assert [draft.parts[i] for i in draft.words] == ["two", "words"]
    assert draft.but(draft.words[1], "others") == "  two\tothers\n"
