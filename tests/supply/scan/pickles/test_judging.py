"""Which global is what."""

from __future__ import annotations

import pytest

from bartizan.supply.scan.pickles.judging import judged
from bartizan.supply.scan.pickles.knowing import known
from bartizan.supply.scan.pickles.values import Global


def level(text: str) -> str:
    module, _, name = text.partition(" ")
    rule = judged(Global(module, name))
    return rule.id if rule else "known"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("collections OrderedDict", "known"),
        ("__builtin__ set", "known"),
        ("copy_reg _reconstructor", "known"),
        ("numpy.core.multiarray _reconstruct", "known"),
        ("numpy._core.multiarray _reconstruct", "known"),
        ("sklearn.tree.tree DecisionTreeClassifier", "known"),
        ("sklearn.tree._classes DecisionTreeClassifier", "known"),
        ("scipy.sparse.csr csr_matrix", "known"),
        ("catboost.core CatBoostClassifier", "known"),
        ("os system", "pickle.dangerous"),
        ("os system ", "pickle.dangerous"),
        ("__builtin__ file", "pickle.dangerous"),
        ("cPickle loads", "pickle.dangerous"),
        ("builtins __import__", "pickle.dangerous"),
        ("builtins exec.__call__", "pickle.dangerous"),
        ("builtins anything", "pickle.standard"),
        ("smtpd x", "pickle.standard"),
        (" x", "pickle.standard"),
        ("sklearn.utils os", "pickle.hidden"),
        ("collections OrderedDict.__init__.__globals__", "pickle.hidden"),
        ("__main__ Model", "pickle.main"),
        ("__main__ os.system", "pickle.dangerous"),
        ("mylib.io.code Model", "pickle.unknown"),
        ("sklearn.tree._classes Unheard", "pickle.unknown"),
        ("torch.nn.functional load", "pickle.dangerous"),
    ],
)
def test_a_global_is_judged_by_its_name(text: str, expected: str) -> None:
    assert level(text) == expected


def test_white_space_hides_nothing() -> None:
    rule = judged(Global(" os\t", "system\r"))
    assert rule is not None
    assert rule.id == "pickle.dangerous"


def test_nothing_in_the_lists_executes_or_reads() -> None:
    forbidden = {
        "eval", "exec", "open", "getattr", "setattr", "load", "loads", "system", "Popen", "reduce", "attrgetter",
        "methodcaller", "memmap", "fromfile", "compile_", "__import__", "frompyfunc", "DMatrix", "Pool",
    }  # fmt: skip
    assert not {name for _, name in known() if name.rpartition(".")[2] in forbidden}
    packages = {module.partition(".")[0] for module, _ in known()}
    assert not packages & {
        "os",
        "sys",
        "subprocess",
        "importlib",
        "pickle",
        "socket",
        "shutil",
        "posix",
        "ctypes",
        "io",
    }
