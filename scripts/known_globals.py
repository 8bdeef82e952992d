"""Write the lists of known globals: train and dump objects of the installed libraries, and record what they use.

    python scripts/known_globals.py            write src/bartizan/supply/scan/pickles/known/*.txt
    python scripts/known_globals.py --check    say what is missing there, and exit 1 if anything is

What is recorded is kept only where nothing speaks against it: globals of the standard library, and what judging takes
for dangerous, come from the lists by hand (known/*-by-hand.txt) alone. Recorded lines that are in a file already stay,
so that names of older versions are not lost.
"""

from __future__ import annotations

import argparse
import inspect
import io
import pickle
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.limits import Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.pickles.judging import STANDARD_LIBRARY, judged, mapped
from bartizan.supply.scan.pickles.knowing import known, named_in
from bartizan.supply.scan.pickles.machine import Machine
from bartizan.supply.scan.pickles.reporting import Reporter
from bartizan.supply.scan.pickles.values import Extension, Global, Nameless
from bartizan.supply.scan.pickles.window import Window

KNOWN: Final = Path(__file__).parents[1] / "src/bartizan/supply/scan/pickles/known"
LIBRARIES: Final = ("numpy", "scipy", "pandas", "sklearn", "joblib", "xgboost", "lightgbm", "torch")
LEFT_OUT: Final = frozenset({"builtins.getattr", "torch.storage._load_from_bytes"})
"""What ordinary pickles use though it is dangerous: each call of it is looked at."""
PROTOCOLS: Final = range(pickle.HIGHEST_PROTOCOL + 1)


class _Recorder(Reporter):
    """Remembers every global of a stream."""

    def __init__(self, window: Window) -> None:
        super().__init__(Look(()), window)
        self.used: set[Global] = set()

    def imported(self, machine: Machine, thing: Global | Extension | Nameless, at: int) -> None:
        """See `Reporter`."""
        if isinstance(thing, Global):
            self.used.add(mapped(thing))
        super().imported(machine, thing, at)


def used(pickled: bytes) -> set[Global]:
    """The globals that a pickle uses, by their names in Python 3. Raises Unreadable."""
    window = Window(Held(pickled))
    recorder = _Recorder(window)
    Machine(window, recorder, lambda steps: None).run()
    return recorder.used


def recorded(thing: object) -> set[Global]:
    """The globals in pickles of it, of all protocols and of joblib; none where it cannot be pickled."""
    found: set[Global] = set()
    if isinstance(thing, type):
        return {Global(thing.__module__, thing.__qualname__)}
    for dump in (*(_plain(protocol) for protocol in PROTOCOLS), _by_joblib):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                pickled = dump(thing)
            except Exception:  # noqa: S112  not everything can be pickled with every protocol
                continue
        try:
            found |= used(pickled)
        except Unreadable as error:
            print(f"{type(thing)}: {error} at {error.at}", file=sys.stderr)
    return found


def _plain(protocol: int) -> Callable[[object], bytes]:
    return lambda thing: pickle.dumps(thing, protocol)


def _by_joblib(thing: object) -> bytes:
    joblib = import_module("joblib")
    file = io.BytesIO()
    joblib.dump(thing, file)
    return file.getvalue()


def is_harmless(one: Global) -> bool:
    """Whether a recorded global may be put into a list."""
    if one.module.partition(".")[0] in STANDARD_LIBRARY or "." in one.name or "<" in one.name:
        return False
    rule = judged(one)
    return rule is None or rule.id == "pickle.unknown"


# What is made and dumped, library by library


def of_numpy() -> Iterator[object]:
    """Arrays, numbers, random generators and functions of numpy."""
    np = import_module("numpy")
    yield from (np.zeros(2, one) for one in "?bBhHiIlLqQefdgFDGSUOmMV")
    yield from (np.zeros(1, one)[0] for one in "?bBhHiIlLqQefdgFDGSUmM")
    yield [np.dtype([("a", "i4"), ("b", "O")]), np.zeros(2, [("a", "i4"), ("b", "O")])]
    yield [np.ma.masked_array([1, 2], [0, 1]), np.ma.masked, np.rec.array([(1, 2.0)])]
    yield [getattr(np.random, one)(1) for one in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64", "RandomState")]
    yield [
        np.random.default_rng(1),
        np.random.SeedSequence(1),
        np.poly1d([1, 2]),
        np.array(["a"], np.dtypes.StringDType()),
    ]
    yield from (getattr(np, one) for one in dir(np) if isinstance(getattr(np, one), np.ufunc))
    yield from (one for one in vars(np).values() if isinstance(one, type) and issubclass(one, np.generic))
    yield from (one for one in vars(np.dtypes).values() if isinstance(one, type))
    polynomial = np.polynomial
    yield [getattr(polynomial, one)([1, 2]) for one in ("Polynomial", "Chebyshev", "Legendre", "Hermite", "Laguerre")]


def of_scipy() -> Iterator[object]:
    """Sparse matrices, trees, splines, distributions and results of scipy."""
    np, sparse, stats = import_module("numpy"), import_module("scipy.sparse"), import_module("scipy.stats")
    spatial, interpolate = import_module("scipy.spatial"), import_module("scipy.interpolate")
    for kind in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil"):
        yield getattr(sparse, f"{kind}_matrix")(np.eye(3))
        yield getattr(sparse, f"{kind}_array")(np.eye(3))
    points = np.random.default_rng(1).normal(size=(20, 2))
    yield [spatial.KDTree(points), spatial.cKDTree(points), spatial.transform.Rotation.identity()]
    x = np.arange(10.0)
    yield [interpolate.interp1d(x, x), interpolate.CubicSpline(x, x), interpolate.PchipInterpolator(x, x)]
    yield [interpolate.UnivariateSpline(x, x), interpolate.BSpline(x, x[:6], 3), interpolate.Akima1DInterpolator(x, x)]
    yield [interpolate.RegularGridInterpolator((x,), x), interpolate.RBFInterpolator(points, x.repeat(2))]
    yield [import_module("scipy.optimize").OptimizeResult(x=1), stats.gaussian_kde(points.T)]
    yield [
        getattr(import_module("scipy.special"), one)
        for one in ("expit", "logit", "gamma", "erf", "logsumexp", "softmax")
    ]
    for one in vars(stats).values():
        if isinstance(one, stats.rv_continuous | stats.rv_discrete) and not isinstance(one, type):
            yield one
            shapes = (one.shapes or "").count(",") + bool(one.shapes)
            try:
                yield one(*([1] * shapes))
            except Exception:  # noqa: S112  not all take ones
                continue


def of_pandas() -> Iterator[object]:
    """Tables, columns and indexes of all types."""
    pd, np = import_module("pandas"), import_module("numpy")
    columns = {
        "int": [1, 2],
        "float": [1.0, None],
        "text": ["a", None],
        "mixed": [1, "a"],
        "bool": [True, False],
        "time": pd.date_range("2020-01-01", periods=2),
        "zone": pd.date_range("2020-01-01", periods=2, tz="UTC"),
        "delta": pd.timedelta_range(0, periods=2),
        "category": pd.Categorical(["a", "b"], ordered=True),
        "Int64": pd.array([1, None], dtype="Int64"),
        "Float64": pd.array([1.0, None], dtype="Float64"),
        "boolean": pd.array([True, None], dtype="boolean"),
        "string": pd.array(["a", None], dtype="string"),
        "python": pd.array(["a", None], dtype=pd.StringDtype("python")),
        "period": pd.period_range("2020-01", periods=2, freq="M"),
        "interval": pd.interval_range(0, 2),
        "sparse": pd.arrays.SparseArray([0, 1]),
    }
    table = pd.DataFrame(columns)
    yield table
    yield from (table[one] for one in columns)
    yield from (table[one].dtype for one in columns)
    yield from (table.set_index(one) for one in columns)
    yield [table.set_index(["int", "text"]), pd.RangeIndex(3), pd.Index([1.0]), pd.Index(["a"]), pd.NaT, pd.NA]
    yield [
        pd.Timestamp("2020-01-01"),
        pd.Timestamp("2020-01-01", tz="Europe/Berlin"),
        pd.Timedelta(1),
        pd.Period("2020", "Y"),
    ]
    yield [pd.Interval(0, 1), pd.offsets.Day(), pd.offsets.MonthEnd(), pd.offsets.BDay(), pd.offsets.Hour(), np.nan]


def of_sklearn(limit: int | None = None) -> Iterator[object]:
    """Every estimator, fitted, and what they are made of."""
    np = import_module("numpy")
    generator = np.random.default_rng(1)
    numbers = np.abs(generator.normal(size=(40, 4)))
    classes, values = np.arange(40) % 2, numbers[:, 0] * 2
    texts = ["some text here", "and some other"] * 20
    attempts = (
        (numbers, classes),
        (numbers, values),
        (numbers, np.c_[classes, 1 - classes]),
        (numbers, np.c_[values, values]),
        (texts, classes),
        ([{"a": 1, "b": "x"}] * 40, classes),
        (numbers[:, 0], values),
        ([["a"], ["b"]] * 20, None),
        (numbers[:, :1], classes),
    )
    for number, one in enumerate(_instances()):
        if limit is not None and number % max(1, 240 // limit):
            continue
        yield one
        for inputs, targets in attempts:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    yield one.fit(inputs, targets)
                except Exception:  # noqa: S112  each takes some of the inputs
                    continue
            break
    if limit is None:
        yield from _parts_of_sklearn()


def _instances() -> Iterator[Any]:
    generator = import_module("sklearn.utils._test_common.instance_generator")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from generator._tested_estimators()
        for _, kind in import_module("sklearn.utils").all_estimators():
            try:
                yield kind()
            except TypeError:
                continue


def _parts_of_sklearn() -> Iterator[object]:
    metrics, kernels = import_module("sklearn.metrics"), import_module("sklearn.gaussian_process.kernels")
    splits, selection = import_module("sklearn.model_selection"), import_module("sklearn.feature_selection")
    yield [metrics.get_scorer(one) for one in metrics.get_scorer_names()]
    yield from (getattr(metrics, one) for one in metrics.__all__ if inspect.isfunction(getattr(metrics, one)))
    yield from (one for one in vars(kernels).values() if isinstance(one, type) and one.__module__ == kernels.__name__)
    yield from (getattr(splits, one) for one in splits.__all__ if inspect.isclass(getattr(splits, one)))
    yield from (getattr(selection, one) for one in selection.__all__)
    yield metrics.DistanceMetric
    distances = import_module("sklearn.metrics._dist_metrics")
    yield from (
        one
        for name, one in vars(distances).items()
        if name.endswith(("Distance", "Distance64", "Distance32", "DistanceMetric64"))
    )
    for module in (
        "sklearn._loss.loss",
        "sklearn._loss.link",
        "sklearn.ensemble._hist_gradient_boosting.binning",
        "sklearn.dummy",
    ):
        yield from (
            one for one in vars(import_module(module)).values() if isinstance(one, type) and one.__module__ == module
        )
    losses = import_module("sklearn._loss._loss")
    yield from (one for name, one in vars(losses).items() if name.startswith(("Cy", "__pyx_unpickle_Cy")))


def of_boosting() -> Iterator[object]:
    """Models of xgboost and lightgbm."""
    np = import_module("numpy")
    numbers, classes = np.random.default_rng(1).normal(size=(60, 3)), np.arange(60) % 2
    xgb, lgb = import_module("xgboost"), import_module("lightgbm")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in (xgb.XGBClassifier, xgb.XGBRegressor, xgb.XGBRFClassifier, xgb.XGBRFRegressor):
            yield kind(n_estimators=2, n_jobs=1).fit(numbers, classes)
        yield xgb.XGBRanker(n_estimators=2, n_jobs=1).fit(numbers, classes, qid=np.zeros(60, int))
        yield xgb.train({"nthread": 1}, xgb.DMatrix(numbers, classes), 2)
        for other in (lgb.LGBMClassifier, lgb.LGBMRegressor):
            yield other(n_estimators=2, n_jobs=1, verbose=-1).fit(numbers, classes)
        yield lgb.LGBMRanker(n_estimators=2, n_jobs=1, verbose=-1).fit(numbers, classes, group=[60])
        yield lgb.train({"verbose": -1, "num_threads": 1}, lgb.Dataset(numbers, classes), 2)


def of_torch() -> Iterator[object]:
    """What torch allows when it loads weights only, its layers, optimisers and types."""
    torch = import_module("torch")
    yield from (one for one in vars(torch).values() if isinstance(one, torch.dtype))
    for package, kind in (("nn.modules", "Module"), ("optim", "Optimizer"), ("optim.lr_scheduler", "LRScheduler")):
        module = import_module(f"torch.{package}")
        root = torch.nn.Module if kind == "Module" else object
        for one in vars(module).values():
            if (
                isinstance(one, type)
                and issubclass(one, root)
                and one.__module__.startswith(f"torch.{package.split('.')[0]}")
            ):
                yield one
    yield torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.LSTM(2, 2), torch.nn.BatchNorm1d(2))
    yield torch.nn.Transformer(4, 2, 1, 1, 8)
    yield [torch.optim.SGD([torch.zeros(2, requires_grad=True)], 0.1), torch.device("cpu"), torch.Size([1])]


def allowed_by_torch() -> set[Global]:
    """The globals that torch itself takes for harmless."""
    allowed = import_module("torch._weights_only_unpickler")._get_allowed_globals()
    return {Global(*one.rpartition(".")[::2]) for one in allowed}


def gathered() -> set[Global]:
    """All globals that are recorded."""
    found = allowed_by_torch()
    for source in (of_numpy, of_scipy, of_pandas, of_sklearn, of_boosting, of_torch):
        for thing in source():
            found |= recorded(thing)
    return found


def write(found: Iterable[Global]) -> None:
    """Write the lists."""
    known.cache_clear()
    judged.cache_clear()
    for library in LIBRARIES:
        file = KNOWN / f"{library}.txt"
        named = named_in((KNOWN / f"{library}-by-hand.txt").read_text(encoding="utf-8"))
        before = named_in(file.read_text(encoding="utf-8")) if file.exists() else set()
        new = {(one.module, one.name) for one in found if one.module.partition(".")[0] == library and is_harmless(one)}
        modules: dict[str, list[str]] = {}
        for module, name in sorted((before | new) - named):
            modules.setdefault(module, []).append(name)
        lines = [f"{module}: {' '.join(names)}" for module, names in modules.items()]
        version = import_module(library).__version__
        header = f"# {library} {version}: recorded by scripts/known_globals.py"
        file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    known.cache_clear()
    judged.cache_clear()


def missing(found: Iterable[Global]) -> list[str]:
    """What is recorded and neither known nor left out on purpose."""
    return sorted(str(one) for one in found if judged(one) is not None and str(one) not in LEFT_OUT)


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    found = gathered()
    if not arguments.check:
        write(found)
    left = missing(found)
    print("\n".join(left) or "nothing is missing")
    return int(arguments.check and bool(left))


if __name__ == "__main__":
    raise SystemExit(main())
