"""Calls that run what they load, under whatever name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.devcheck.repositories import rules_of

UNSAFE = (
    ("load.pickle", "import pickle\npickle.load(f)"),
    ("load.pickle", "import pickle as p\np.loads(raw)"),
    ("load.pickle", "from pickle import load as fetch\nfetch(f)"),
    ("load.pickle", "import pickle\nread = pickle.load\nread(f)"),
    ("load.pickle", "import pickle\ngetattr(pickle, 'lo' + 'ads')(raw)"),
    ("load.pickle", "import pickle\npickle.Unpickler(f).load()"),
    ("load.pickle", "try:\n    import cPickle as pickle\nexcept ImportError:\n    import pickle\npickle.load(f)"),
    ("load.pickle", "def f(x):\n    import dill\n    return dill.load(x)"),
    ("load.pickle", "import cloudpickle\ncloudpickle.loads(x)"),
    ("load.pickle", "import joblib\nmodel = joblib.load('m.joblib')"),
    ("load.pickle", "import pandas as pd\npd.read_pickle('x.pkl')"),
    ("load.pickle", "import shelve\nshelve.open('x')"),
    ("load.numpy", "import numpy as np\nnp.load('x.npy', allow_pickle=True)"),
    ("load.numpy", "import numpy as np\nnp.load('x.npy', None, True)"),
    ("load.torch", "import torch\ntorch.load('x.pt')"),
    ("load.torch", "import torch\ntorch.load('x.pt', weights_only=False)"),
    ("load.torch", "from torch import load\nload('x.pt', map_location='cpu')"),
    ("load.torch-hub", "import torch\ntorch.hub.load('owner/name', 'model')"),
    ("load.torch-hub", "import torch\ntorch.hub.load('owner/name:main', 'model')"),
    ("load.yaml", "import yaml\nyaml.load(f)"),
    ("load.yaml", "import yaml\nyaml.load(f, Loader=yaml.Loader)"),
    ("load.yaml", "import yaml\nyaml.unsafe_load(f)"),
    ("load.yaml", "import yaml\nclass L(yaml.FullLoader): pass\nyaml.load(f, L)"),
    ("load.keras", "from tensorflow import keras\nkeras.models.load_model('m', safe_mode=False)"),
    ("load.keras", "import keras\nkeras.config.enable_unsafe_deserialization()"),
    (
        "load.remote-code",
        "from transformers import AutoModel\nAutoModel.from_pretrained('./m', trust_remote_code=True)",
    ),
    ("load.remote-code", "options = {'trust_remote_code': True}"),
    ("load.fetched", "import requests\nexec(requests.get('https://x.test/a.py').text)"),
    ("load.fetched", "import requests\nr = requests.get(u)\ncode = r.text\neval(code)"),
    ("load.fetched", "import pickle, urllib.request as u\npickle.loads(u.urlopen(a).read())"),
    ("run.shell", "import subprocess as sp\nsp.run(f'ls {x}', shell=True)"),
    ("run.shell", "import os\nos.system('ls ' + x)"),
    ("run.shell", "import os\ncommand = 'ls %s' % x\nos.system(command)"),
    ("run.shell", "from subprocess import check_output\ncheck_output('ls {}'.format(x), shell=True)"),
)
SAFE = (
    "import json\njson.load(f)",
    "import torch\ntorch.load('x.pt', weights_only=True)",
    "import numpy as np\nnp.load('x.npy')",
    "import numpy as np\nnp.load('x.npy', allow_pickle=False)",
    "import yaml\nyaml.safe_load(f)",
    "import yaml\nyaml.load(f, Loader=yaml.CSafeLoader)",
    "import yaml\nL = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)\nyaml.load(f, Loader=L)",
    "import yaml\nclass L(yaml.SafeLoader): pass\nyaml.load(f, L)",
    "import pickle\nclass U(pickle.Unpickler):\n    def find_class(self, a, b): ...\nU(f).load()",
    "import pickle\ncopy = pickle.loads(pickle.dumps(x))",
    "from .serialization import load\nload(f)",
    "import torch\ntorch.hub.load('owner/name:" + "a" * 40 + "', 'model')",
    "import torch\ntorch.hub.load('here', 'model', source='local')",
    "from keras.models import load_model\nload_model('m')",
    "AutoModel.from_pretrained('./m', trust_remote_code=False)",
    "import os\nos.system('clear')",
    "import subprocess\nsubprocess.run(['ls', x])",
    "import subprocess, shlex\nsubprocess.run(f'ls {shlex.quote(x)}', shell=True)",
    "text = 'pickle.load(f)'  # pickle.load(f)",
    "eval('1 + 1')",
)


@pytest.mark.parametrize(("rule", "code"), UNSAFE)
def test_an_unsafe_call_is_found_under_whatever_name(tmp_path: Path, rule: str, code: str) -> None:
    assert rule in {one for _, one, _ in rules_of(tmp_path, {"a.py": code}, "a.py")}


@pytest.mark.parametrize("code", SAFE)
def test_a_safe_call_is_not_told(tmp_path: Path, code: str) -> None:
    assert rules_of(tmp_path, {"a.py": code}, "a.py") == []


@pytest.mark.parametrize(
    "code",
    [
        "import torch\ntorch.load('x', weights_only=flag)",
        "import torch\ntorch.load('x', **options)",
        "import numpy as np\nnp.load('x', allow_pickle=flag)",
        "import yaml\nfrom other import L\nyaml.load(f, Loader=L)",
        "AutoModel.from_pretrained('./m', trust_remote_code=flag)",
    ],
)
def test_what_comes_from_elsewhere_is_unknown_and_not_passed(tmp_path: Path, code: str) -> None:
    assert [level for level, _, _ in rules_of(tmp_path, {"a.py": code}, "a.py")] == ["unknown"]


def test_code_that_does_not_parse_is_unknown_with_its_line(tmp_path: Path) -> None:
    code = "import pickle\nprint 'python 2'\npickle.load(f)\n"
    assert rules_of(tmp_path, {"a.py": code}, "a.py") == [("unknown", "file.unparsed", 2)]


def test_tests_are_told_once_a_file_and_low(tmp_path: Path) -> None:
    code = "import pickle\npickle.load(f)\npickle.load(g)\n"
    assert rules_of(tmp_path, {"tests/test_a.py": code}, "tests/test_a.py") == [("low", "load.in-tests", 2)]
