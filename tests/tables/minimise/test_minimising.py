"""Columns of which it is known whether a label needs them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bartizan.core.errors import InputError
from bartizan.tables.minimise.minimising import Asked
from bartizan.tables.minimise.verdict import Minimised
from bartizan.tables.protect.plan import Drop, Generalise
from tests.tables.minimise.tables import loans, of, run, verdicts


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Minimised:
    frame = loans()
    more = frame.with_columns(
        euros=frame["income"],
        shade=frame["colour"].str.to_uppercase(),
        country=pl.lit("DE"),
        fax=pl.lit(None, pl.String),
    )
    return run(more, tmp_path_factory.mktemp("loans"), Asked(label="paid", tolerance=0.03))


def test_needless_columns_go_and_needed_ones_stay(judged: Minimised) -> None:
    assert judged.is_assessed
    assert judged.confirmed
    found = verdicts(judged)
    assert {name for name, verdict in found.items() if verdict == "drop"} >= {
        "customer", "religion", "colour", "shade", "country", "fax",
    }  # fmt: skip
    assert {found[name] for name in ("age", "postcode")} == {"coarsen"}
    assert found["paid"] == "not judged"
    assert judged.loss is not None
    assert judged.loss.high < 0.03
    assert judged.is_minimal is False


def test_of_two_columns_that_say_the_same_one_goes_and_the_other_stays(judged: Minimised) -> None:
    found = verdicts(judged)
    assert sorted([found["income"] == "drop", found["euros"] == "drop"]) == [False, True]
    assert "tells the same as 'euros'" in of(judged, "income").told
    assert "tells the same as" in of(judged, "shade").told


def test_what_is_needed_only_coarsely_is_made_coarser(judged: Minimised) -> None:
    age, postcode = of(judged, "age").action, of(judged, "postcode").action
    assert isinstance(age, Generalise)
    assert isinstance(postcode, Generalise)
    assert age.bins is not None
    assert age.bins >= 5
    assert postcode.prefix == 1


def test_constant_and_empty_columns_need_no_trial(judged: Minimised) -> None:
    for name in ("country", "fax"):
        assert of(judged, name).action == Drop()
        assert of(judged, name).loss is None


def test_personal_columns_are_told_as_such_and_tried_first(judged: Minimised) -> None:
    assert of(judged, "customer").hint.startswith("names nearly every row")
    assert of(judged, "religion").hint.startswith("special category")
    assert "fair" in of(judged, "religion").told


def test_the_same_seed_gives_the_same_answer_and_fewer_rows_lose_more(judged: Minimised, tmp_path: Path) -> None:
    frame, asked = loans(600).select("income", "colour", "paid"), Asked(label="paid", tolerance=0.1, seed=4)
    assert run(frame, tmp_path, asked) == run(frame, tmp_path, asked)
    assert judged.rows[0].loss.value > judged.rows[-1].loss.value


def test_a_column_that_is_the_label_by_another_name_is_told_and_left_aside(tmp_path: Path) -> None:
    frame = loans(1_000).select("income", "colour", "paid")
    rng = np.random.default_rng(0)
    nearly = (frame["paid"] == "yes").cast(pl.Float64) * 10 + pl.Series(rng.random(1_000))
    leaky = frame.with_columns(status=frame["paid"].replace({"yes": "closed", "no": "open"}), dunning=nearly)
    one = run(leaky, tmp_path, Asked(label="paid", tolerance=0.05))
    found = verdicts(one)
    assert found["status"] == found["dunning"] == "decide"
    assert found["income"] in ("keep", "coarsen")
    assert not one.is_settled
    trusted = run(leaky, tmp_path, Asked(label="paid", tolerance=0.05, trust=("dunning",)))
    assert verdicts(trusted)["dunning"] in ("keep", "coarsen")
    assert verdicts(trusted)["income"] == "drop"


@pytest.mark.parametrize("kind", ["classes", "number", "heavy"])
def test_leaks_are_told_of_many_classes_and_of_numbers_too(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=1_200)
    y = np.digitize(x, [-1, 0, 1]) if kind == "classes" else np.exp(3 * x) if kind == "heavy" else x
    blurred = y + rng.uniform(-0.2, 0.2, 1_200) if kind == "classes" else np.sqrt(y) if kind == "heavy" else 2 - y
    frame = pl.DataFrame({"clue": x + rng.normal(0, 1, 1_200), "outcome": blurred, "y": y})
    one = run(frame, tmp_path, Asked(label="y", tolerance=0.05))
    assert verdicts(one).get("outcome", "outcome" in one.refused) in ("decide", True)
    assert verdicts(one).get("clue") != "drop"


def test_a_table_that_holds_only_what_is_needed_is_minimal(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    a, b, c = (rng.choice(["x", "y"], 2_000) for _ in range(3))
    score = (a == "x") * 2.0 + (b == "x") * 2.0 + (c == "x") * 2.0 - 3 + rng.logistic(size=2_000) * 0.5
    frame = pl.DataFrame({"a": a, "b": b, "c": c, "y": score > 0})
    one = run(frame, tmp_path, Asked(label="y", tolerance=0.02))
    assert set(verdicts(one).values()) == {"keep", "not judged"}
    assert one.is_minimal is True
    assert one.is_settled
    assert one.loss is None


def test_few_rows_show_nothing_and_that_is_no_pass(tmp_path: Path) -> None:
    one = run(loans(400), tmp_path, Asked(label="paid", tolerance=0.001))
    assert one.is_assessed
    assert not one.changes
    assert one.is_minimal is None
    assert any("not shown to be needless" in judged.why for judged in one.columns)


@pytest.mark.parametrize(
    ("frame", "label", "said"),
    [
        (loans(100), "paid", "300 are needed"),
        (loans(400).with_columns(paid=pl.lit("yes")), "paid", "two classes of 40 rows each are needed"),
        (loans(400).with_columns(paid=pl.lit(None, pl.String)), "paid", "no value in any row"),
        (loans(400).head(0), "paid", "no value in any row"),
        (loans(400), "customer", "two classes of 40 rows"),
        (loans(400).select("colour", "paid"), "paid", "not surely better than a constant guess"),
        (loans(400).select(pl.lit(1).alias("x"), "paid"), "paid", "no column but the label"),
        (loans(400).select("paid"), "paid", "no column but the label"),
    ],
)
def test_what_cannot_be_assessed_is_said_with_the_reason(
    tmp_path: Path, frame: pl.DataFrame, label: str, said: str
) -> None:
    one = run(frame, tmp_path, Asked(label=label))
    assert said in one.refused
    assert one.columns == ()
    assert one.is_minimal is None
    assert not one.is_settled


def test_numbers_dates_texts_and_missing_values_are_judged(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = 2_000
    day = np.datetime64("2015-01-01") + rng.integers(0, 3_000, rows)
    year = day.astype("datetime64[Y]").astype(int) + 1970
    size = rng.normal(size=rows)
    good = rng.random(rows) < 0.5
    other = ["the", "room", "was", "there", "and", "we", "saw", "it"]
    words = [" ".join([*rng.choice(other, 8), "lovely" if one else "dreadful"]) for one in good]
    y = (year - 2019) * 1.0 + size * 2 + good * 3 + rng.normal(0, 0.3, rows)
    gaps = rng.random(rows) < 0.1
    size[gaps], y[gaps] = np.nan, y[gaps] + 8
    frame = pl.DataFrame(
        {"day": [str(one) for one in day], "size": size, "words": words, "list": [[1, 2]] * rows, "y": y}
    )
    one = run(frame, tmp_path, Asked(label="y", tolerance=0.05))
    assert one.measure == "r2"
    found = verdicts(one)
    assert found["day"] == "coarsen"
    action = of(one, "day").action
    assert isinstance(action, Generalise)
    assert action.date in ("month", "quarter", "year")
    assert found["size"] == found["words"] == "keep"
    assert of(one, "words").kind == "text"
    assert found["list"] == "not judged"


def test_many_classes_are_judged_by_log_loss_and_rare_ones_put_aside(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 4, 1_500)
    frame = pl.DataFrame(
        {
            "a": kind + rng.normal(0, 0.4, 1_500),
            "b": rng.normal(size=1_500),
            "kind": [*(f"k{one}" for one in kind[:-5]), "rare", "rare", "rare", None, None],
        }
    )
    one = run(frame, tmp_path, Asked(label="kind", tolerance=0.1))
    assert one.measure == "log-loss"
    assert verdicts(one)["b"] == "drop"
    assert of(one, "a").is_needed
    assert "3 rows of 1 classes with fewer than 40 rows are put aside" in one.told
    assert "2 rows have no label and are put aside" in one.told
    assert "no measure for that" in run(frame, tmp_path, Asked(label="kind", measure="auc")).refused


def test_a_number_that_only_names_a_person_does_not_help_where_persons_stay_together(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(200), 8)
    habit = rng.normal(size=200)[person]
    room = rng.permutation(200)[person]
    x = rng.normal(size=1_600)
    frame = pl.DataFrame({"person": person, "room": room, "x": x, "y": np.where(habit + 2 * x > 0, "yes", "no")})
    alone = run(frame, tmp_path, Asked(label="y", tolerance=0.03, keep=("person",)))
    together = run(frame, tmp_path, Asked(label="y", tolerance=0.03, person="person"))
    assert of(together, "person").verdict == "not judged"
    assert verdicts(together)["room"] == "drop"
    assert verdicts(together)["x"] != "drop"
    assert alone.before is not None
    assert together.before is not None
    assert alone.before.value > together.before.value + 0.02


def test_time_splits_the_past_from_what_judges(tmp_path: Path) -> None:
    frame = loans(1_200).select("income", "age", "paid").with_columns(at=pl.int_range(1_200))
    one = run(frame, tmp_path, Asked(label="paid", tolerance=0.1, time="at"))
    assert one.is_assessed
    assert one.folds == 1
    assert of(one, "at").why == "tells when a row is of"
    turned = frame.with_columns(paid=pl.when(pl.col("at") > 900).then(pl.lit("yes")).otherwise("paid"))
    assert "a class is missing" in run(turned, tmp_path, Asked(label="paid", time="at")).refused


def test_what_must_stay_is_neither_tried_nor_changed(tmp_path: Path) -> None:
    frame = loans(1_200).select("income", "religion", "paid")
    one = run(frame, tmp_path, Asked(label="paid", tolerance=0.05, keep=("religion",)))
    assert of(one, "religion").why == "kept, as asked"
    assert of(one, "religion").verdict == "not judged"


def test_rows_beyond_the_bound_are_drawn_and_that_is_told(tmp_path: Path) -> None:
    one = run(
        loans(1_200).select("income", "age", "paid"), tmp_path, Asked(label="paid", most=600, seed=3, tolerance=0.1)
    )
    assert one.looked == 600
    assert "600 of 1,200 rows were drawn (seed 3)" in one.told


def test_columns_that_are_not_there_are_told_all_at_once(tmp_path: Path) -> None:
    frame = loans(400)
    with pytest.raises(InputError) as error:
        run(frame, tmp_path, Asked(label="payed", person="custome", time="x", keep=("colr",)))
    assert [problem.finding for problem in error.value.problems] == sorted(
        [
            "--person and --time do not go together",
            "no column 'payed' (--label)",
            "no column 'custome' (--person)",
            "no column 'x' (--time)",
            "no column 'colr' (--keep)",
        ]
    )


def test_a_loss_that_other_rows_do_not_confirm_recommends_nothing(tmp_path: Path) -> None:
    """Two columns tell the same for a long time; in the last rows, by which is judged, one of them breaks."""
    rng = np.random.default_rng(0)
    true = rng.normal(size=3_000)
    late = np.arange(3_000) >= 2_250
    sensor, religion = (true + rng.normal(0, 0.2, 3_000) for _ in range(2))
    sensor[late] = rng.normal(size=750)
    frame = pl.DataFrame({"at": np.arange(3_000), "sensor": sensor, "religion": religion, "y": true > 0})
    one = run(frame, tmp_path, Asked(label="y", tolerance=0.05, time="at"))
    assert one.loss is not None
    assert one.loss.low > 0.05
    assert not one.confirmed
    assert not one.changes
    assert one.is_minimal is None
    assert not one.is_settled
    assert "did not confirm" in of(one, "religion").why
