"""Models and data that are fetched: by which commit, and whether anybody checks what came."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.devcheck.repositories import rules_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_HUB = (
    "from transformers import AutoModel, pipeline\n"
    "from huggingface_hub import hf_hub_download\n"
    "from datasets import load_dataset\n"
)
_WEB = "import requests, hashlib, pandas as pd\nfrom urllib.request import urlretrieve\n"
LOOSE = (
    ("download.unpinned", _HUB + "AutoModel.from_pretrained('org/name')"),
    ("download.unpinned", _HUB + "AutoModel.from_pretrained('bert-base-uncased')"),
    ("download.unpinned", _HUB + "AutoModel.from_pretrained('org/name', revision='main')"),
    ("download.unpinned", _HUB + "AutoModel.from_pretrained('org/name', revision=None)"),
    ("download.unpinned", _HUB + "N = 'org/name'\nAutoModel.from_pretrained(N)"),
    ("download.unpinned", _HUB + "hf_hub_download(repo_id='org/name', filename='x')"),
    ("download.unpinned", _HUB + "load_dataset('imdb')"),
    ("download.unpinned", _HUB + "pipeline('sentiment-analysis')"),
    ("download.unpinned", _HUB + "pipeline('fill-mask', model='org/name')"),
    ("download.unchecked", _WEB + "urlretrieve('https://x.test/model.pt', 'model.pt')"),
    ("download.unchecked", _WEB + "def f():\n    return requests.get('https://x.test/data.csv')"),
    ("download.unchecked", _WEB + "pd.read_csv('https://x.test/data.csv')"),
    ("download.plain-http", _WEB + "requests.get('http://x.test/data')"),
)
FIRM = (
    _HUB + f"AutoModel.from_pretrained('org/name', revision='{COMMIT}')",
    _HUB + f"R = '{COMMIT}'\nAutoModel.from_pretrained('org/name', revision=R)",
    _HUB + "AutoModel.from_pretrained('./folder')",
    _HUB + "AutoModel.from_pretrained('kept')",
    _HUB + "AutoModel.from_pretrained('org/name', local_files_only=True)",
    _HUB + "load_dataset('csv', data_files='a.csv')",
    _HUB + "class M(AutoModel):\n    @classmethod\n    def load(cls, n):\n        return super().from_pretrained(n)",
    _WEB + "def f():\n    urlretrieve('https://x.test/m.pt', 'm')\n    assert hashlib.sha256(m).hexdigest() == D",
    _WEB + "requests.get('http://localhost:8080/data.csv')",
    _WEB + "requests.get('https://x.test/api/v1/users')",
)


@pytest.mark.parametrize(("rule", "code"), LOOSE)
def test_what_may_be_something_else_tomorrow_is_found(tmp_path: Path, rule: str, code: str) -> None:
    assert [one for _, one, _ in rules_of(tmp_path, {"a.py": code}, "a.py")] == [rule]


@pytest.mark.parametrize("code", FIRM)
def test_what_is_pinned_checked_or_local_is_not_told(tmp_path: Path, code: str) -> None:
    assert rules_of(tmp_path, {"a.py": code, "kept/config.json": "{}"}, "a.py") == []


def test_a_name_or_revision_from_elsewhere_is_unknown(tmp_path: Path) -> None:
    code = _HUB + "AutoModel.from_pretrained(args.model)\nAutoModel.from_pretrained('org/name', revision=args.r)\n"
    assert [(level, line) for level, _, line in rules_of(tmp_path, {"a.py": code}, "a.py")] == [
        ("unknown", 4),
        ("unknown", 5),
    ]
