"""Lists of packages, containers, hooks, actions and scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.devcheck.repositories import rules_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"
DIGEST = "@sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("requirements.txt", "numpy\ntorch>=2\n", [("medium", "packages.unpinned", 1)]),
        ("requirements.txt", "# a\nnumpy==2.1\ntorch\n", [("medium", "packages.unpinned", 3)]),
        ("requirements.txt", "numpy==2.*\n", [("medium", "packages.unpinned", 1)]),
        ("requirements-dev.txt", "numpy==2.1\n", [("low", "packages.no-hashes", 1)]),
        ("requirements.txt", "numpy==2.1 \\\n    --hash=sha256:" + "ab" * 32 + "\n", []),
        ("requirements.txt", "-r other.txt\n-e .\n", []),
        ("Dockerfile", "FROM python:3.12\n", [("low", "container.tag", 1)]),
        ("Dockerfile", "FROM python\n", [("medium", "container.latest", 1)]),
        ("Dockerfile", f"FROM python:3.12{DIGEST} AS a\nFROM a\nFROM scratch\n", []),
        ("Dockerfile", "ARG B\nFROM $B\n", [("unknown", "container.tag", 2)]),
        ("Dockerfile", f"FROM a{DIGEST}\nRUN curl -fsSL https://x.test/i.sh | bash\n", [("high", "download.piped", 2)]),
        ("Dockerfile", f"FROM a{DIGEST}\nADD https://x.test/m.bin /m\n", [("medium", "container.add", 2)]),
        ("Dockerfile", f"FROM a{DIGEST}\nRUN pip install --no-cache-dir \\\n  torch 'numpy>=2' x==1\n",
         [("low", "install.unpinned", 2)]),
        ("Dockerfile", f"FROM a{DIGEST}\nRUN pip install -r requirements.txt -e . x==1 ./y.whl\n", []),
        ("get.sh", "wget https://x.test/model.safetensors\n", [("medium", "download.unchecked", 1)]),
        ("get.sh", "wget https://x.test/model.bin\necho 'ab  model.bin' | sha256sum -c\n", []),
        ("get.sh", "curl -O http://x.test/data\n", [("medium", "download.plain-http", 1)]),
        ("get.sh", "curl http://localhost:9000/health\n# wget https://x.test/m.bin\n", []),
        (".pre-commit-config.yaml", "repos:\n- repo: https://x.test/y\n  rev: v1.2\n", [("low", "pipeline.tag", 3)]),
        (".pre-commit-config.yaml", f"repos:\n- repo: https://x.test/y\n  rev: {COMMIT}  # v1.2\n", []),
        (".github/workflows/a.yml", "    - uses: actions/checkout@v4\n", [("low", "pipeline.tag", 1)]),
        (".github/workflows/a.yml", f"    - uses: actions/checkout@{COMMIT}\n    - uses: ./here\n", []),
    ],
)  # fmt: skip
def test_what_others_bring_in_is_told_by_how_firmly_it_is_named(
    tmp_path: Path, name: str, text: str, expected: list[tuple[str, str, int | None]]
) -> None:
    assert rules_of(tmp_path, {name: text}, name) == expected


def test_a_project_without_exact_versions_is_told_and_a_lock_file_settles_it(tmp_path: Path) -> None:
    project = {"pyproject.toml": '[project]\nname = "x"\ndependencies = ["numpy"]\n'}
    assert rules_of(tmp_path / "a", project, "pyproject.toml") == [("low", "packages.no-lock", None)]
    assert rules_of(tmp_path / "b", {**project, "uv.lock": "version = 1\n"}, "pyproject.toml") == []
