"""A model in shards forgets somebody by training one shard anew, and the others stay as they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from bartizan.core.errors import InputError
from bartizan.lab.forgetting import forgetting
from bartizan.lab.reference.rigs import convolutional, digits_data, tumours_data
from bartizan.rights.places import Places
from bartizan.rights.shards.keeping import SklearnKeeping, TorchKeeping
from bartizan.rights.shards.model import Sharding
from bartizan.rights.shards.record import RECORD, read_record, shard_of
from bartizan.rights.sources.reaching import reached
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain
from bartizan.targets.sklearn_models import SklearnRecipe
from bartizan.targets.torch_models import Training
from bartizan.workflows import rights
from bartizan.workflows.rights import Asked
from tests.rights.bank import DAY, PLACES, asked, book, clock, declared, known
from tests.rigs import one_thread


def _forests(folder: Path, trees: int = 5) -> tuple[Sharding, Dataset, list[str]]:
    data, domain = tumours_data()
    recipe = SklearnRecipe(RandomForestClassifier(n_estimators=trees), domain)
    people = [f"patient-{row // 2}" for row in range(len(data))]
    return Sharding(folder=folder, recipe=recipe, keeping=SklearnKeeping(domain)), data, people


def _networks(folder: Path) -> tuple[Sharding, Dataset, list[str]]:
    one_thread()
    data = digits_data()
    data = data.take(slice(0, 600))
    domain = Domain(modality="image", shape=(1, 8, 8), low=0.0, high=1.0)
    build = convolutional(width=4)
    recipe = Training(build, domain, epochs=1)
    people = [f"writer-{row // 3}" for row in range(len(data))]
    return Sharding(folder=folder, recipe=recipe, keeping=TorchKeeping(build, domain, 10)), data, people


@pytest.mark.parametrize("make", [_forests, _networks])
def test_one_shard_is_trained_anew_and_the_others_stay(tmp_path: Path, make: object) -> None:
    assert callable(make)
    sharding, data, people = make(tmp_path)
    before = sharding.train(data, people, count=4)
    scores = sharding.open().scores(data.x[:20])
    (shard,) = before.shards_with(people[0])
    stays = np.array([person != people[0] for person in people])
    left = [person for person in people if person != people[0]]
    after = sharding.retrain(shard, data.take(stays), left)
    assert not after.shards_with(people[0])
    assert after.shards[shard].rows == before.shards[shard].rows - people.count(people[0])
    assert [at for at in range(4) if before.shards[at] != after.shards[at]] == [shard]
    assert {path.name for path in tmp_path.iterdir()} == {RECORD, *(one.file for one in after.shards)}
    again = sharding.open().scores(data.x[:20])
    assert scores.shape == again.shape == (20, data.classes)
    assert not np.array_equal(scores, again)


def test_all_rows_of_a_person_are_in_one_shard(tmp_path: Path) -> None:
    sharding, data, people = _forests(tmp_path)
    record = sharding.train(data, people, count=5)
    assert sum(shard.rows for shard in record.shards) == len(data)
    assert sum(len(shard.people) for shard in record.shards) == len(set(people))
    assert all(record.shards_with(person) == [shard_of(person, record.salt, 5)] for person in set(people))
    assert not record.shards_with("nobody")


def test_the_same_data_and_seed_make_the_same_shard(tmp_path: Path) -> None:
    sharding, data, people = _forests(tmp_path)
    record = sharding.train(data, people, count=3, seed=7)
    again = sharding.retrain(1, data, people)
    assert again == record


def test_a_changed_file_of_a_shard_is_refused(tmp_path: Path) -> None:
    sharding, data, people = _forests(tmp_path)
    record = sharding.train(data, people, count=2)
    file = tmp_path / record.shards[0].file
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(InputError, match="it is not what the record says"):
        sharding.open()


@pytest.mark.parametrize("name", ["../other.joblib", "/etc/passwd"])
def test_a_record_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    sharding, data, people = _forests(tmp_path)
    record = sharding.train(data, people, count=2)
    wrong = msgspec.structs.replace(record.shards[0], file=name)
    made = msgspec.json.encode(msgspec.structs.replace(record, shards=(wrong, record.shards[1])))
    (tmp_path / RECORD).write_bytes(made)
    with pytest.raises(InputError, match="leads out of the folder"):
        read_record(tmp_path)


def test_what_cannot_be_trained_is_told_and_leaves_what_was_there(tmp_path: Path) -> None:
    sharding, data, people = _forests(tmp_path)
    record = sharding.train(data, people, count=2)
    with pytest.raises(InputError, match="train it in fewer shards"):
        sharding.train(data, people, count=400)
    assert read_record(tmp_path) == record
    with pytest.raises(InputError, match="there is no shard 2"):
        sharding.retrain(2, data, people)
    with pytest.raises(InputError, match="569 rows, but 1 people"):
        sharding.train(data, people[:1])


def test_a_shard_of_nobody_answers_nothing(tmp_path: Path) -> None:
    sharding, data, _ = _forests(tmp_path)
    record = sharding.train(data, ["one"] * len(data), count=3)
    assert sorted(shard.rows for shard in record.shards) == [0, 0, len(data)]
    assert sharding.open().scores(data.x[:2]).shape == (2, 2)


def test_membership_shows_that_people_are_forgotten(tmp_path: Path) -> None:
    sharding, data, _ = _forests(tmp_path, trees=40)
    rng = np.random.default_rng(0)
    noisy = Dataset(x=data.x, y=np.where(rng.random(len(data)) < 0.3, 1 - data.y, data.y), classes=2)
    order = rng.permutation(len(noisy))
    inside, strangers = noisy.take(order[:400]), noisy.take(order[400:])
    people = [f"p{row}" for row in range(400)]
    sharding.train(inside, people, count=2, salt="ab" * 16)
    before = sharding.open()
    gone = [person for person in people if before_shard(sharding, person) == 0][:120]
    erased = inside.take([people.index(person) for person in gone])
    left = [row for row in range(400) if people[row] not in gone]
    sharding.retrain(0, inside.take(left), [people[row] for row in left])
    after = sharding.open()
    alike = [f"stranger-{row}" for row in range(len(strangers))]
    own = [
        (model.scores_of_their_own(erased.x, gone), model.scores_of_their_own(strangers.x, alike))
        for model in (before, after)
    ]
    assert forgetting(erased, strangers, before=own[0], after=own[0]).answer == "remembered"
    found = forgetting(erased, strangers, before=own[0], after=own[1])
    assert found.answer == "forgotten", found.line
    few = erased.take([0]), (own[0][0][:1], own[0][1]), (own[1][0][:1], own[1][1])
    assert forgetting(few[0], strangers, before=few[1], after=few[2]).answer == "cannot tell"


def before_shard(sharding: Sharding, person: str) -> int:
    record = read_record(sharding.folder)
    return shard_of(person, record.salt, record.count)


_TRAIN = """
import sys
import numpy as np
import polars as pl
from pathlib import Path
from sklearn.tree import DecisionTreeClassifier
from bartizan.rights.shards.keeping import SklearnKeeping
from bartizan.rights.shards.model import Sharding
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain
from bartizan.targets.sklearn_models import SklearnRecipe

table = pl.read_csv(sys.argv[2])
domain = Domain(modality="table", shape=(1,))
x, y = table["amount"].to_numpy().astype(float)[:, None], (table["repaid"] == "yes").to_numpy().astype(int)
data = Dataset(x=x, y=y, classes=2)
recipe = SklearnRecipe(DecisionTreeClassifier(), domain)
sharding = Sharding(folder=Path("models/score"), recipe=recipe, keeping=SklearnKeeping(domain))
people = table["customer"].to_list()
if sys.argv[1] == "all":
    sharding.train(data, people, count=2, salt="cd" * 16)
else:
    sharding.retrain(int(sys.argv[1]), data, people)
"""


def test_an_erasure_trains_the_shard_of_the_person_anew(sqlite_bank: Places) -> None:
    folder = sqlite_bank.folder
    rows = [f"p{row},{row},{'yes' if row % 2 else 'no'}" for row in range(40)]
    with (folder / "data/loans.csv").open("a") as file:
        file.write("\n".join(rows) + "\n")
    (folder / "train.py").write_text(_TRAIN)
    command = f"learned_from: [loans], shards: models/score, retrain: [{sys.executable}, train.py, '{{shard}}', FILE]"
    text = PLACES.replace("learned_from: [loans]", command)
    places = declared(folder, text.replace("FILE", "data/loans.csv"))
    subprocess.run([sys.executable, "train.py", "all", "data/loans.csv"], cwd=folder, check=True)
    before = read_record(folder / "models/score")
    (folder / "copy.csv").write_bytes((folder / "data/loans.csv").read_bytes())
    wrong = declared(folder, text.replace("FILE", "copy.csv"))
    with book(folder) as made:
        number = asked(made)
        question = Asked(places=wrong, number=number, known=known(wrong))
        steps = rights.erase(question, made, DAY, out=folder / "p.json", at=clock(), tell=lambda _: None)
        assert {step.place: step.doing for step in steps}["score"] == "retrain"
        assert "the shard learned from them again" in str(made.requests.of(number).at("score"))
        question = Asked(places=places, number=number, known=known(places))
        steps = rights.erase(question, made, DAY, out=folder / "p.json", at=clock(), tell=lambda _: None)
        assert {step.place: step.doing for step in steps}["score"] == "done"
        assert made.requests.of(number).stage == "done"
    after = read_record(folder / "models/score")
    (shard,) = before.shards_with("anna")
    assert after.shards[shard].rows == before.shards[shard].rows - 2
    assert not after.shards_with("anna")
    assert reached(places, "loans").count(known(places).identifiers) == 0
