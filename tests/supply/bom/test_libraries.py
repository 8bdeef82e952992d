from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from bartizan.supply.bom.libraries import Package, package, packages_in

DIGEST = "ab" * 32


def named(path: str, text: str) -> dict[str, str]:
    return {one.name: one.version for one in packages_in(path, text.encode())}


def test_only_exact_versions_get_a_package_url() -> None:
    text = (
        "# list\nnumpy==2.0.1 ; python_version > '3'\nSciKit_Learn[x] == 1.5\ntorch>=2\nfoo @ https://x/y.whl\n"
        "-r more.txt\ngit+https://x/y\nbar==1.*\nbaz===1.0  # exact\n./local\n--hash=sha256:00\n"
    )
    found = packages_in("requirements.txt", text.encode())
    assert {one.purl for one in found if one.purl} == {
        "pkg:pypi/numpy@2.0.1",
        "pkg:pypi/scikit-learn@1.5",
        "pkg:pypi/baz@1.0",
    }
    assert {one.name for one in found if not one.purl} == {"torch", "foo", "bar"}


def test_a_hash_is_taken_where_it_is_the_only_one() -> None:
    one = f"a==1 \\\n  --hash=sha256:{DIGEST}\n"
    assert packages_in("requirements.txt", one.encode()) == (Package(name="a", version="1", sha256=DIGEST),)
    two = one.rstrip("\n") + f" \\\n  --hash=sha256:{DIGEST[::-1]}\n"
    assert packages_in("requirements.txt", two.encode()) == (Package(name="a", version="1"),)


def test_lock_files_and_projects_are_read() -> None:
    lock = (
        '[[package]]\nname = "me"\nversion = "0"\nsource = { editable = "." }\n'
        '[[package]]\nname = "numpy"\nversion = "2.0.1"\n'
    )
    assert named("uv.lock", lock) == {"numpy": "2.0.1"}
    assert named("poetry.lock", lock) == {"numpy": "2.0.1"}
    assert named("pylock.toml", '[[packages]]\nname = "a"\nversion = "1"\n') == {"a": "1"}
    assert named("Pipfile.lock", json.dumps({"default": {"a": {"version": "==1"}, "b": {"git": "x"}}})) == {
        "a": "1",
        "b": "",
    }
    assert named("pyproject.toml", '[project]\ndependencies = ["a==1", "b>=2"]\n') == {"a": "1", "b": ""}


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml", "Pipfile.lock", "requirements.txt"])
@given(
    raw=st.binary(max_size=200)
    | st.sampled_from([b"[" * 5000, b"[[package]]\nname=3\nversion=[]", b"a=" + b"[" * 5000])
)
def test_a_broken_list_is_a_value_error_at_most(name: str, raw: bytes) -> None:
    try:
        packages_in(name, raw)
    except ValueError:
        return


@given(st.text(max_size=30), st.text(max_size=30))
def test_every_package_url_that_is_written_reads_back(name: str, version: str) -> None:
    made = package(name, version)
    if made is not None and made.purl:
        back = PackageURL.from_string(made.purl)
        assert (back.type, back.name, back.version) == ("pypi", made.name, made.version)
