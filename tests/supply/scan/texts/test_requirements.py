"""Lists of packages: from where they would come."""

# ruff: noqa: E501, PT007  files stand here as they are
from __future__ import annotations

import pytest

from tests.supply.scan.texts.looking import formats, ids, looked, worst

COMMIT = "0123456789012345678901234567890123456789"
EVERYDAY = (
    "numpy\ntorch>=2.0\ntransformers[torch]==4.50.0 ; python_version > '3.9'  # why\n-r other.txt\n",
    "--index-url https://pypi.org/simple\n--extra-index-url https://download.pytorch.org/whl/cu121\ntorch==2.5.0+cu121\n",
    f"x @ git+https://github.com/a/b@{COMMIT}\n-e .\n-e ./sub[dev]\n",
    "x==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n",
    "name: env\nchannels:\n  - conda-forge\n  - https://conda.anaconda.org/x\ndependencies:\n  - python=3.11\n  - pip:\n      - numpy==2\n",
    '[project]\nname = "x"\nurls = { a = "https://x.test" }\ndependencies = ["numpy>=2"]\n\n[project.urls]\nHome = "https://x.test"\n'
    '[[tool.uv.index]]\nurl = "https://pypi.org/simple"\n',
)


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_lists_say_nothing(text: str) -> None:
    assert formats(text) == ("list of packages",)
    assert looked(text).findings == []


@pytest.mark.parametrize(
    ("text", "rule"),
    (
        ("--index-url http://pypi.org/simple\nnumpy\n", "requirements.index"),
        ("-i https://packages.test/simple\nnumpy\n", "requirements.index"),
        ("numpy\n--extra-index-url=https://packages.test/simple\n", "requirements.index"),
        ("--index-url ${INDEX}\nnumpy\n", "requirements.index"),
        ("--find-links https://packages.test/\nnumpy\n", "requirements.index"),
        ("--trusted-host pypi.org\nnumpy\n", "requirements.unchecked"),
        ("x @ git+https://github.com/a/b\n", "requirements.direct"),
        ("git+https://github.com/a/b@main#egg=b\nnumpy>1\n", "requirements.direct"),
        ("x @ https://files.test/x.whl\n", "requirements.direct"),
        ("-e ../../x\nnumpy\n", "requirements.path"),
        ("-r /etc/requirements.txt\nnumpy\n", "requirements.path"),
        ("name: x\ndependencies:\n  - pip:\n    - --extra-index-url https://packages.test/\n", "requirements.index"),
        ("name: x\ndependencies:\n  - pip:\n    - git+https://github.com/a/b.git\n", "requirements.direct"),
        ('[project]\ndependencies = [\n  "x @ https://files.test/x.whl",\n]\n', "requirements.direct"),
        (
            '[tool.poetry.dependencies]\nx = { git = "https://github.com/a/b", branch = "main" }\n',
            "requirements.direct",
        ),
        ('[[tool.uv.index]]\nurl = "https://packages.test/simple"\n', "requirements.index"),
    ),
)
def test_packages_from_elsewhere_need_a_look(text: str, rule: str) -> None:
    assert rule in ids(text)
    assert worst(text) == "review"
