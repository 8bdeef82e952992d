"""What is looked for in the calls of Python code."""

from __future__ import annotations

from typing import Final

from bartizan.devcheck.rule import DEV_SECURITY, SUPPLY_CHAIN, Rule

_BOTH: Final = (DEV_SECURITY, SUPPLY_CHAIN)

PICKLE: Final = Rule(
    id="load.pickle",
    level="medium",
    title="It loads a pickle",
    why="Whoever wrote the file, or changed it on its way, runs code as whoever loads it.",
    fix="Use a format of data only (safetensors, skops, JSON, Parquet), or load by a named, scanned digest.",
    refs=("CWE-502", "AML.T0011.000"),
    controls=_BOTH,
)
NUMPY: Final = Rule(
    id="load.numpy",
    level="medium",
    title="It lets numpy load pickles",
    why="An array of objects is a pickle, and runs code while it is loaded.",
    fix="Leave allow_pickle=False, and store numbers and texts as arrays of such.",
    refs=("CWE-502",),
    controls=_BOTH,
)
TORCH: Final = Rule(
    id="load.torch",
    level="medium",
    title="torch.load may run what it loads",
    why="Before PyTorch 2.6, and with weights_only=False, it unpickles anything.",
    fix="Say weights_only=True, or use safetensors.",
    refs=("CWE-502", "CVE-2025-32434"),
    controls=_BOTH,
)
YAML: Final = Rule(
    id="load.yaml",
    level="medium",
    title="It loads YAML with types",
    why="Tags in the file make objects of any class, which runs code.",
    fix="Use yaml.safe_load, or Loader=yaml.SafeLoader.",
    refs=("CWE-502",),
)
KERAS: Final = Rule(
    id="load.keras",
    level="medium",
    title="It lets Keras run code of the model",
    why="Without the safe mode, Lambda layers and classes of a model run as whoever loads it.",
    fix="Leave safe_mode=True, and register the classes that are needed.",
    refs=("CWE-502", "CVE-2025-1550"),
    controls=_BOTH,
)
REMOTE_CODE: Final = Rule(
    id="load.remote-code",
    level="high",
    title="It runs code that comes with a model or data set",
    why="Whoever can write to that repository runs code here.",
    fix="Leave trust_remote_code=False; where it is needed, copy the code after reading it, and pin the commit.",
    refs=("CWE-829", "CWE-494", "AML.T0010"),
    controls=_BOTH,
)
HUB: Final = Rule(
    id="load.torch-hub",
    level="high",
    title="torch.hub.load runs code of a repository that may change",
    why="It downloads hubconf.py from a branch and runs it.",
    fix="Name the commit, as in 'owner/name:<40 digits>', or use a copy with source='local'.",
    refs=("CWE-829", "CWE-494", "AML.T0010"),
    controls=_BOTH,
)
FETCHED: Final = Rule(
    id="load.fetched",
    level="high",
    title="It runs what it downloaded",
    why="Whoever serves the address, or sits between, runs code here.",
    fix="Never give what came over the network to exec, eval or pickle.",
    refs=("CWE-494", "CWE-95", "CWE-502"),
    controls=_BOTH,
)
SHELL: Final = Rule(
    id="run.shell",
    level="medium",
    title="A command for a shell is put together from parts",
    why="A part with a ; or $( in it becomes a command of its own.",
    fix="Pass a list of arguments without a shell, or quote each part with shlex.quote.",
    refs=("CWE-78",),
)
IN_TESTS: Final = Rule(
    id="load.in-tests",
    level="low",
    title="Tests load or fetch what may act",
    why="What tests load runs as whoever runs them, in pipelines with their secrets too.",
    fix="Let tests load only what they wrote, or what is pinned.",
    refs=("CWE-502",),
    controls=_BOTH,
)
RULES: Final = (PICKLE, NUMPY, TORCH, YAML, KERAS, REMOTE_CODE, HUB, FETCHED, SHELL, IN_TESTS)
