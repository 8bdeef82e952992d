"""Secrets in files: found by their form or by the name that they are given to; never shown."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.devcheck.checking import check
from bartizan.devcheck.secrets import secrets_in
from bartizan.report.devcheck.document import document
from bartizan.report.devcheck.lines import terminal
from bartizan.report.devcheck.sarif import sarif
from tests.devcheck.repositories import AWS, GITHUB, PASSWORD, repository, rules_of

KEY = (
    "-----BEGIN RSA "
    + "PRIVATE KEY-----\n"
    + "MIIEowIBAAKCAQEAx7Kq2vWc9pLmN4sT\n" * 8
    + "-----END RSA "
    + "PRIVATE KEY-----\n"
)


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("a.py", f"import os\nTOKEN = '{GITHUB}'\n", "secret.token"),
        ("conf.yaml", f"x: 1\naws: {AWS}\n", "secret.token"),
        ("README.md", f"hello\nuse {GITHUB}\n", "secret.token"),
        ("a.py", f"\ndb_password = '{PASSWORD}'\n", "secret.assigned"),
        ("settings.ini", f"\npassword={PASSWORD}\n", "secret.assigned"),
        ("a.js", f'\nconst password = "{PASSWORD}";\n', "secret.assigned"),
        ("deploy/key.txt", "\n" + KEY, "secret.token"),
    ],
)
def test_a_secret_is_found_on_its_line(tmp_path: Path, name: str, text: str, rule: str) -> None:
    assert [(one, line) for _, one, line in rules_of(tmp_path, {name: text}, name)] == [(rule, 2)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "password = os.environ['PASSWORD']\n"),
        ("a.py", "password: str = 'password'\nSMTP_PASSWORD = 'BARTIZAN_SMTP_PASSWORD'\n"),
        ("a.py", "login(user, password=kept.password1)\n"),
        ("a.py", "sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'\n"),
        ("a.py", "KEY_DIGEST = '9f86d081884c7d659a2feaa0c55ad015'  # key digest\n"),
        ("README.md", "password = 'S3cure!pass99'\n"),
        ("poetry.lock", 'key = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"\n'),
        ("package-lock.json", '{"integrity": "sha512-abcDEF123ghiJKL456mnoPQR789stuVWX012yzA=="}\n'),
        ("a.py", "AWS_ID = 'AKIA" + "IOSFODNN7EXAMPLE'\n"),
        ("conf.yaml", "password: ${DB_PASSWORD}\ntoken: <your token>\n"),
        ("a.py", "token = 'xxxxxxxxxxxxxxxxxxxx'\nsecret = 'changeme123'\n"),
    ],
)
def test_digests_names_templates_and_placeholders_are_no_secrets(tmp_path: Path, name: str, text: str) -> None:
    assert [one for one in rules_of(tmp_path, {name: text}, name) if one[1].startswith("secret")] == []


def test_tests_are_told_once_a_file_and_low(tmp_path: Path) -> None:
    found = rules_of(
        tmp_path, {"tests/test_a.py": f"a = '{GITHUB}'\nb = '{AWS}'\np = '{PASSWORD}'\n"}, "tests/test_a.py"
    )
    assert found == [("low", "secret.in-tests", 1)]


def test_no_report_holds_the_value_of_a_secret(tmp_path: Path) -> None:
    code = f"import os\npassword = '{PASSWORD}'\nos.system('curl -H {GITHUB} ' + x)\n"
    shell = f"curl -u a:{GITHUB} http://x.test/data.csv\n"
    checked = check(repository(tmp_path / "r", {"a.py": code, "b.sh": shell}))
    made = terminal(checked) + document(checked) + sarif(checked) + repr(checked)
    assert "secret.token" in made
    assert GITHUB not in made
    assert PASSWORD not in made


@given(
    st.text(alphabet=string.printable + "äß«ф\u2028", max_size=300),
    st.sampled_from(["code", "settings", "document", "lock"]),
)
@settings(max_examples=150, deadline=None)
def test_any_text_is_judged_and_lines_are_its_own(text: str, sort: str) -> None:
    for one in secrets_in(text, sort, 5_000):  # type: ignore[arg-type]
        assert 1 <= one.line <= text.count("\n") + 1
        assert one.length > 0


def test_a_token_between_any_lines_is_found_on_its_own(tmp_path: Path) -> None:
    lines = ["x = 1"] * 3_000
    lines[1_999] = f"t = '{GITHUB}'"
    assert [one.line for one in secrets_in("\n".join(lines), "code", 5_000)] == [2_000]


def test_names_of_pages_are_no_secrets() -> None:
    assert (
        secrets_in(
            "Keys and tokens: adr/0010-signatures-of-models.md\nsecret: 0010-signatures-of-models\n", "settings", 500
        )
        == []
    )
