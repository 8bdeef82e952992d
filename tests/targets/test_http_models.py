from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from bartizan.core.errors import BartizanError, InputError, Refused, Unreachable
from bartizan.core.extras import need
from bartizan.core.target_spec import Wire
from bartizan.targets.border import BadAnswer, Border
from bartizan.targets.endpoint import Endpoint
from bartizan.targets.http_models import HttpPredictor
from bartizan.targets.permission import Permission
from bartizan.targets.predictor import Lacking
from bartizan.targets.sklearn_models import SklearnPredictor
from tests.targets import models
from tests.targets.scoring_server import Reply, Scoring, closed_port, serving

TODAY = datetime.date(2026, 11, 22)
TOKEN = "s3cret-t0ken"


@pytest.fixture(scope="module")
def wine_model() -> SklearnPredictor:
    data = models.wine()
    model = models.scaled(need("sklearn.linear_model").LogisticRegression()).fit(data.x, data.y)
    return SklearnPredictor(model, models.domain(data))


@pytest.fixture
def server(wine_model: SklearnPredictor) -> Iterator[Scoring]:
    with serving(Scoring(wine_model)) as scoring:
        yield scoring


def _target(server: Scoring, wire: Wire | None = None, classes: int = 3, **endpoint: Any) -> HttpPredictor:
    permission = Permission(target=server.url, granted_by="Ada Owner", until=TODAY)
    domain = models.TEXT if server.dtype is object else models.domain(models.wine())
    where = Endpoint(url=server.url, **{"timeout": 5.0, **endpoint})
    return HttpPredictor(
        where, wire or Wire(), domain, classes, permission, today=lambda: TODAY, sleep=lambda seconds: None
    )


@pytest.mark.parametrize("form", ["kserve", "mlflow-inputs", "mlflow-instances", "mlflow-dataframe"])
@pytest.mark.parametrize("labels_only", [False, True], ids=["probabilities", "labels"])
def test_every_protocol_gives_the_answers_of_the_model_behind_it(
    server: Scoring, wine_model: SklearnPredictor, form: Any, labels_only: bool
) -> None:
    server.labels_only = labels_only
    wire = Wire(form=form, model="wine", answers="labels" if labels_only else "probabilities", batch=100)
    x = models.wine().x
    with _target(server, wire) as target:
        assert (Border(target).labels(x) == wine_model.labels(x)).all()
        if labels_only:
            with pytest.raises(Lacking, match="gives no scores"):
                target.scores(x)
        else:
            np.testing.assert_allclose(Border(target).scores(x), wine_model.scores(x))
    sizes = {"kserve": 100, "mlflow-inputs": 100, "mlflow-instances": 100, "mlflow-dataframe": 100}
    path, _, asked = server.requests[0]
    assert path == ("/v2/models/wine/infer" if form == "kserve" else "/invocations")
    if form == "kserve":
        assert asked["inputs"][0]["shape"] == [sizes[form], 13]
    else:
        rows = asked["dataframe_split"]["data"] if form == "mlflow-dataframe" else next(iter(asked.values()))
        assert len(rows) == sizes[form]


@pytest.mark.parametrize("form", ["kserve", "mlflow-inputs", "mlflow-dataframe"])
def test_texts_are_sent_as_texts(form: Any) -> None:
    spam = Scoring(SklearnPredictor(models.words(), models.TEXT), object)
    with serving(spam) as server, _target(server, Wire(form=form), classes=2) as target:
        assert Border(target).labels(models.TEXTS[:4]).tolist() == [1, 0, 1, 0]


def test_an_empty_batch_asks_nothing(server: Scoring) -> None:
    with _target(server) as target:
        assert Border(target).scores(models.wine().x[:0]).shape == (0, 3)
    assert server.requests == []


def test_words_as_labels_become_classes(server: Scoring) -> None:
    server.misbehave = lambda _, right: (200, {}, b'{"predictions": ["red", "white", "rose"]}')
    wire = Wire(form="mlflow-inputs", answers="labels", class_labels=("red", "white", "rose"))
    with _target(server, wire) as target:
        assert Border(target).labels(models.wine().x[:3]).tolist() == [0, 1, 2]


def test_nobody_is_asked_without_a_permission_that_holds(server: Scoring) -> None:
    where, domain = Endpoint(url=server.url), models.domain(models.wine())
    with pytest.raises(Refused, match="needs a permission"):
        HttpPredictor(where, Wire(), domain, 3, None)
    days = [TODAY, TODAY + datetime.timedelta(1)]
    permission = Permission(target=server.url, granted_by="Ada Owner", until=TODAY)
    with HttpPredictor(where, Wire(), domain, 3, permission, today=lambda: days[0]) as target:
        target.labels(models.wine().x[:1])
        days.pop(0)
        with pytest.raises(Refused, match="ended on"):
            target.labels(models.wine().x[:1])
    assert len(server.requests) == 1


def test_the_token_is_sent_and_never_told(server: Scoring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCORING_TOKEN", TOKEN)
    said: list[str] = []
    with _target(server, token_env="SCORING_TOKEN") as target:
        target.labels(models.wine().x[:1])
        assert server.requests[0][1]["authorization"] == f"Bearer {TOKEN}"
        for status in (500, 401, 403, 418):
            echo = f"you said {TOKEN}".encode()
            server.misbehave = lambda _, right, status=status, echo=echo: (status, {}, echo)  # type: ignore[misc]
            with pytest.raises(Unreachable) as caught:
                target.labels(models.wine().x[:1])
            said.append(str(caught.value))
        said.append(repr(target.card))
    assert not [text for text in said if TOKEN in text]
    assert "status 500: you said [token]" in said[0]
    assert "look at the token in SCORING_TOKEN" in said[1]


def test_a_token_that_is_not_there_or_no_token_is_told(server: Scoring, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="SCORING_TOKEN is not set"):
        _target(server, token_env="SCORING_TOKEN")
    monkeypatch.setenv("SCORING_TOKEN", "two words\nX-Other: header")
    with pytest.raises(InputError, match="is no token"):
        _target(server, token_env="SCORING_TOKEN")


@pytest.mark.parametrize(
    "url", ["https://me:pass@scoring.example", "https://scoring.example/?key=pass", "ftp://x", "scoring", "http://a b"]
)
def test_an_address_with_a_secret_in_it_or_none_at_all_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InputError) as caught:
        Endpoint(url=url)
    assert "pass" not in str(caught.value).replace("password", "")


def test_a_redirect_is_told_and_not_followed(server: Scoring, wine_model: SklearnPredictor) -> None:
    with serving(Scoring(wine_model)) as other:
        for status in (301, 302, 307, 308):
            to = {"location": other.url + "/v2/models/model/infer"}
            server.misbehave = lambda _, right, status=status, to=to: (status, to, b"")
            with _target(server) as target, pytest.raises(Unreachable, match="redirects are not followed"):
                target.labels(models.wine().x[:1])
        assert other.requests == []


def test_a_busy_server_is_asked_again_but_not_for_ever(server: Scoring) -> None:
    server.misbehave = lambda number, right: (503, {"retry-after": "1"}, b"busy") if number < 2 else None
    with _target(server) as target:
        assert len(target.labels(models.wine().x[:5])) == 5
        assert len(server.requests) == 3
        server.misbehave = lambda _, right: (503, {}, b"busy")
        with pytest.raises(Unreachable, match="status 503: busy"):
            target.labels(models.wine().x[:5])
        assert len(server.requests) == 6


def test_nobody_there_ends_with_exit_code_3_and_the_address() -> None:
    scoring = Scoring.__new__(Scoring)
    scoring.url, scoring.dtype = f"http://127.0.0.1:{closed_port()}", np.float64
    with _target(scoring, retries=1) as target, pytest.raises(Unreachable, match="did not answer") as caught:
        target.labels(models.wine().x[:1])
    assert caught.value.exit_code == 3
    assert scoring.url in str(caught.value)


def _json(text: str) -> Reply:
    return 200, {}, text.encode()


def _tensor(shape: str, data: str) -> Reply:
    return _json(f'{{"outputs": [{{"name": "out", "shape": {shape}, "datatype": "FP64", "data": {data}}}]}}')


@pytest.mark.parametrize(
    ("reply", "finding"),
    [
        (_json("<html>"), "is no JSON"),
        (_json(""), "is no JSON"),
        (_json("[" * 100_000), "is no JSON"),
        (_tensor("[2, 3]", "[NaN, 0, 0, 1, 0, 0]"), "is no JSON"),
        (_tensor("[2, 3]", "[null, 0, 0, 1, 0, 0]"), "NaN or infinity"),
        (_tensor("[2, 3]", '["a", "b", "c", "d", "e", "f"]'), "words or gaps"),
        (_tensor("[2, 3]", "[1e999, 0, 0, 1, 0, 0]"), "NaN or infinity|is no JSON"),
        (_tensor("[2, 3]", "[9, 0, 0, 1, 0, 0]"), "no probabilities"),
        (_tensor("[2, 3]", "[1, 0, 0]"), "nothing of the kind"),
        (_tensor("[1, 3]", "[1, 0, 0]"), "expected outputs with shape and data, one for each of 2"),
        (_tensor("[2, 2]", "[1, 0, 1, 0]"), r"scores of shape \(2, 2\); expected \(2, 3\)"),
        (_tensor("[-2, -3]", "[1, 0, 0, 1, 0, 0]"), "nothing of the kind"),
        (_tensor("[2000000, 2000000, 2000000, 2000000]", "[1]"), "nothing of the kind"),
        (_tensor("[2, 3]", "[[1, 0, 0], [1, 0]]"), "nothing of the kind"),
        (_tensor(f"[0, {10**30}]", "[]"), "nothing of the kind"),
        (_json('{"outputs": {"a": 1}}'), "nothing of the kind"),
        (_json('{"outputs": [1, 2]}'), "nothing of the kind"),
        (_json("3"), "nothing of the kind"),
        ((200, {"content-encoding": "gzip"}, b"\x1f\x8b"), "compressed"),
    ],
)
def test_an_answer_that_is_none_is_told_and_never_crashes(server: Scoring, reply: Reply, finding: str) -> None:
    server.misbehave = lambda _, right: reply
    with _target(server) as target, pytest.raises(BadAnswer, match=finding):
        Border(target).scores(models.wine().x[:2])


def test_labels_that_are_no_whole_numbers_are_told(server: Scoring) -> None:
    server.misbehave = lambda _, right: _json('{"predictions": [0.4, 1.0]}')
    wire = Wire(form="mlflow-inputs", answers="labels")
    with _target(server, wire) as target, pytest.raises(BadAnswer, match="no whole numbers"):
        Border(target).labels(models.wine().x[:2])


def test_an_answer_without_an_end_is_cut_off_by_size(server: Scoring) -> None:
    def flood(to: Any) -> None:
        for _ in range(1000):
            to.write(b"0" * 100_000)

    server.misbehave = lambda _, right: (200, {}, b" " * 100_000_000)
    server.stream = flood
    with _target(server, longest=300_000) as target, pytest.raises(BadAnswer, match="more than 300,000 bytes"):
        target.labels(models.wine().x[:1])


def test_an_answer_that_drips_is_cut_off_by_time(server: Scoring) -> None:
    def drip(to: Any) -> None:
        for _ in range(40):
            to.write(b" ")
            to.flush()
            time.sleep(0.05)

    server.misbehave = lambda _, right: (200, {}, b" " * 40)
    server.stream = drip
    start = time.monotonic()
    with _target(server, timeout=0.25) as target, pytest.raises(Unreachable, match=r"took longer than 0.25 s"):
        target.labels(models.wine().x[:1])
    assert time.monotonic() - start < 1.9  # forty pieces take 2 s


def test_a_server_that_says_nothing_is_asked_once(server: Scoring) -> None:
    server.stream = lambda to: time.sleep(0.5)
    with _target(server, timeout=0.1) as target, pytest.raises(Unreachable, match="did not answer"):
        target.labels(models.wine().x[:1])
    assert len(server.requests) == 1  # it may have scored: asking again could spend the query twice


def test_every_error_is_one_that_a_person_can_read(server: Scoring) -> None:
    server.misbehave = lambda _, right: (500, {}, b"\x1b[31m\xff\xfe Traceback\n  line")
    with _target(server) as target, pytest.raises(BartizanError) as caught:
        target.labels(models.wine().x[:1])
    assert str(caught.value).isprintable()
