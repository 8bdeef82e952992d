"""Python code beside a model: setup.py, modelling code, handlers, cells of notebooks. It is parsed, never run."""

# ruff: noqa: SIM905  words are read best as text
from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final

from bartizan.supply.scan.limits import TooMuch
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.texts import code_rules as rules
from bartizan.supply.scan.texts.names_in_code import Names
from bartizan.supply.scan.texts.shells import is_everyday, remote_shell

RULES = rules.RULES

MOST: Final = 1 << 19
_MOST_WORDS: Final = 200_000
_WORDS: Final = re.compile(r"\w+|[^\w\s]")
_BEGINNING: Final = 1 << 16
RISKY: Final = re.compile(
    r"\b(?:exec|eval|compile|__import__|getattr|globals|vars|open)\s{0,9}\(|__builtins__|__subclasses__"
    r"|^[ \t]*(?:import|from)[ \t]|;[ \t]*import[ \t]",
    re.MULTILINE,
)
_NESTED: Final = 4
_CUTS: Final = 10
_MARKS: Final = re.compile(
    r"^(?:import\s+\w|from\s+[\w.]+\s+import\b|(?:async\s+)?def\s+\w+\s*\(|class\s+\w+\s*[(:]|@[\w.]+[ \t]*(?:\(|$)|"
    r"if\s+__name__\s*==|\s*(?:exec|eval|__import__|os\.system|subprocess\.\w+)\s*\(|\#!.*\bpython)",
    re.MULTILINE,
)
_DOES: Final = (ast.Call, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_DEFINES: Final = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COOKIE: Final = re.compile(r"(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
_HIDING: Final = re.compile(
    r"utf[-_]?(?:7|16|32)\w*|(?:raw[-_]?)?unicode[-_]escape|rot[-_]?13|punycode|idna|hex\w*|base64\w*|zlib\w*|bz2\w*|zip|uu\w*"
    r"|quopri\w*|mbcs|oem|cp037|cp500|cp1026|cp1140|cp273|cp424|ibm\w+"
)
"""Encodings in which a file is not what it shows."""
_COMMENTS: Final = re.compile(r"^[ \t]*(?:#[^\n]*)?\n", re.MULTILINE)
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_RUNNING: Final = re.compile(
    r"(?:os|posix|nt|platform)\.(?:system|popen\w*|exec[lv]\w*|spawn\w+|posix_spawnp?|startfile)"
    r"|subprocess\.(?:run|call|Popen|check_call|check_output|getoutput|getstatusoutput)|_posixsubprocess\.fork_exec"
    r"|pty\.spawn|commands\.(?:getoutput|getstatusoutput)|popen2\.popen\d|asyncio\.create_subprocess_(?:exec|shell)"
    r"|runpy\.run_(?:path|module)|code\.(?:interact|InteractiveInterpreter|InteractiveConsole)|IPython\.(?:start_ipython|embed)"
    r"|timeit\.timeit|webbrowser\.open\w*|distutils\.spawn\.spawn|pip\.main|pip\._internal\.\w+(?:\.\w+)*|invoke\.run"
)
_EXECUTING: Final = frozenset(
    {"exec", "eval", "execfile", "compile", "builtins.exec", "builtins.eval", "builtins.compile"}
)
_CODE_MAKERS: Final = frozenset(
    """
    marshal.loads marshal.load types.FunctionType types.CodeType
    zipimport.zipimporter importlib.util.spec_from_loader importlib.machinery.SourcelessFileLoader
    """.split()
)
_DECODING: Final = re.compile(
    r"(?:base64|binascii|zlib|bz2|lzma|gzip|codecs|marshal|quopri|uu)\.(?:\w*decode\w*|decompress\w*|loads?|a2b_\w+|unhexlify)"
    r"|(?:bytes|bytearray)\.fromhex|cryptography\.fernet\.Fernet|Crypto\.Cipher\.\w+(?:\.new)?"
)
_FETCHING: Final = re.compile(
    r"urllib\.request\.(?:urlopen|urlretrieve|Request|build_opener)|urllib2?\.(?:urlopen|urlretrieve)|urllib3\.(?:request|PoolManager)"
    r"|requests\.(?:get|post|put|patch|request|head|Session)|httpx\.(?:get|post|put|request|stream|Client|AsyncClient)"
    r"|aiohttp\.ClientSession|http\.client\.HTTPS?Connection|ftplib\.FTP\w*|smtplib\.SMTP\w*|telnetlib\.Telnet|xmlrpc\.client\.\w+"
    r"|wget\.download|pycurl\.Curl|socket\.(?:socket|create_connection|gethostby\w+|getaddrinfo)|ssl\.wrap_socket|paramiko\.\w+"
    r"|websockets?\.\w*connect\w*"
)
_SOCKET: Final = re.compile(r"socket\.(?:socket|create_connection)")
_NATIVE: Final = re.compile(
    r"ctypes\.(?:CDLL|PyDLL|WinDLL|OleDLL|cdll|windll|pythonapi)(?:\.\w+)*|ctypes\.CFUNCTYPE|cffi\.FFI|_ctypes\.dlopen"
    r"|ctypes\.(?:memmove|string_at)|imp\.load_dynamic|importlib\.machinery\.ExtensionFileLoader"
)
_SHELLCODE: Final = re.compile(r"VirtualAlloc|CreateRemoteThread|WriteProcessMemory|RtlMoveMemory")
_BARE_ADDRESS: Final = re.compile(
    r"(?:https?|ftp|tcp|ws)://(?!127\.|0\.0\.0\.0|10\.|192\.168\.|localhost)(?:\d{1,3}(?:\.\d{1,3}){3}|0x[0-9a-f]{8}|\d{8,10})\b"
)
_STARTUP: Final = re.compile(
    r"\.bashrc|\.bash_profile|\.zshrc|(?:^|/)\.profile|authorized_keys|sitecustomize|usercustomize|\.pth$|/etc/(?:cron|init|rc|profile)"
    r"|crontab|LaunchAgents|systemd/(?:system|user)|Start Menu|CurrentVersion\\\\?Run"
)
_SECRETS: Final = re.compile(
    r"\.ssh/|id_rsa|\.aws/credentials|/etc/(?:passwd|shadow)|\.netrc|\.kube/config|\.git-credentials|\.docker/config"
)
_INSTALLING: Final = frozenset(
    "install develop egg_info build_py sdist bdist_wheel build bdist_egg install_lib install_scripts".split()
)
_PASSED: Final = re.compile(
    r"(?:builtins\.)?(?:exec|eval|__import__)|(?:os|posix)\.(?:system|popen)|subprocess\.\w+|pty\.spawn"
)
_ENVIRONMENT: Final = re.compile(r"os\.environ(?:\.\w+)?|os\.getenv")


def is_code(text: str) -> bool:
    """Whether a text is Python that does something, or wants to be."""
    if (found := _COOKIE.match(text)) and _HIDING.fullmatch(found[1].lower()):
        return True
    if "(" not in text and "import" not in text and "@" not in text:
        return False
    if _is_long(text):
        text = _COMMENTS.sub("", text)
        if _is_long(text):
            return begins_long_code(text, has_risk=RISKY.search(text) is not None)
    tree = _parsed(text)
    if tree is None:
        return _begins_as_code(text)
    return any(isinstance(one, _DOES) for one in ast.walk(tree))


def begins_long_code(text: str, *, has_risk: bool) -> bool:
    """Whether the beginning of a text that is too long to be parsed is Python. ``has_risk``: whether any of it calls
    what can run or reach everything; tables with brackets in them do not.
    """
    text = _COMMENTS.sub("", text)[:_BEGINNING].rpartition("\n")[0]
    return is_program(text) or (has_risk and is_code(text))


def _is_long(text: str) -> bool:
    return len(text) > MOST or (len(text) > _MOST_WORDS and sum(1 for _ in _WORDS.finditer(text)) > _MOST_WORDS)


def is_program(text: str) -> bool:
    """Whether a text is valid Python that imports or defines something, and so no text with a few brackets."""
    tree = _parsed(text) if not _is_long(text) and ("import" in text or "def " in text or "class " in text) else None
    return tree is not None and any(isinstance(one, _DEFINES) for one in ast.walk(tree))


def _begins_as_code(text: str) -> bool:
    """Whether what does not parse is Python of another version: it does something before what is not clear."""
    first = _COMMENTS.sub("", text[:50_000]).lstrip()
    if _MARKS.match(first):
        return True
    lines = text.split("\n")
    end = _error_line(text) - 1
    for _ in range(_CUTS):
        while end > 0 and (end >= len(lines) or lines[end][:1].isspace()):
            end -= 1
        if end <= 0:
            return False
        before = "\n".join(lines[:end])
        tree = _parsed(before)
        if tree is not None:
            return any(isinstance(one, _DOES) for one in ast.walk(tree))
        end = min(end, _error_line(before)) - 1
    return len(_MARKS.findall(text[:50_000])) > 1


def _error_line(text: str) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return 1
    return 1


def scan_code(text: str, look: Look, at: int | None = None) -> None:
    """Look at Python code. ``at``: where it lies, if not its own lines are to be told. Raises TooMuch."""
    if (found := _COOKIE.match(text)) and _HIDING.fullmatch(found[1].lower()):
        look.found(rules.ENCODING, found[1], found.start(1))
    if _is_long(text):
        text = _COMMENTS.sub("", text)
        if _is_long(text):
            raise TooMuch(f"code of {len(text):,} characters, which is too much to be parsed")
    tree = _parsed(text)
    if tree is None:
        look.found(rules.UNPARSED, text.lstrip()[:80], at)
        _by_words(text, look, at)
        return
    _Judge(look, text, at).run(tree)


def scan_cell(text: str, look: Look, at: int | None = None) -> None:
    """Look at a cell of a notebook: Python with commands of a shell between."""
    if re.match(r"\s*%%(?:bash|sh|script|system|!|perl|ruby|javascript|js|html|writefile|svg|latex|markdown)", text):
        if found := remote_shell(text):
            look.found(rules.SHELL, found, at)
        elif re.match(r"\s*%%(?:bash|sh|script|system|!|perl|ruby)", text):
            commands = [line for line in text.split("\n")[1:] if line.strip() and line.strip()[0] != "#"]
            if not all(is_everyday(line) for line in commands):
                look.found(rules.RUNS, text[:200], at)
        elif re.match(r"\s*%%(?:javascript|js)", text):
            look.found(rules.RUNS, text[:200], at)
        return
    if _parsed(text) is None:
        text = "\n".join(_without_magic(line, look, at) for line in text.split("\n"))
    if text.strip():
        scan_code(text, look, at)


def _without_magic(line: str, look: Look, at: int | None) -> str:
    """A line of a cell as Python; what it says to a shell is judged."""
    bare = line.lstrip()
    space = line[: len(line) - len(bare)]
    command = re.match(r"(?:[\w,\s]{1,80}=\s*)?(?:!{1,2}|%(?:sx|system|sc)\s)(.*)", bare, re.DOTALL)
    if command is not None and not bare.startswith("!="):
        if found := remote_shell(command[1]):
            look.found(rules.SHELL, found, at)
        elif not is_everyday(command[1]):
            look.found(rules.RUNS, bare[:200], at)
        return f"{space}pass"
    if magic := re.match(r"%%?(?:time|timeit|prun|capture|memit|mprun|lprun)\b(?:\s+-\w+(?:\s+\w+)?)*+", bare):
        return space + (bare[magic.end() :].lstrip() or "pass")
    if re.match(r"%%?run\b|%%?(?:load|macro|alias)\s", bare):
        look.found(rules.RUNS, bare[:200], at)
    is_magic = re.match(r"%%?[a-zA-Z]\w*|\?{1,2}[\w.]|[\w.]+\?{1,2}\s*$", bare) is not None
    return f"{space}pass" if is_magic else line


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _by_words(text: str, look: Look, at: int | None) -> None:
    """What can be told of code that does not parse, such as that of Python 2."""
    if found := remote_shell(text):
        look.found(rules.SHELL, found, at)
    if re.search(r"\bexec\b[^\n]{0,200}(?:decode|decompress|marshal|fromhex|unhexlify)", text):
        look.found(rules.HIDDEN_CODE, "exec of what is decoded", at)
    for found_call in re.finditer(r"\b(?:os\.(?:system|popen)|subprocess\.\w+|exec|eval)\s{0,9}\([^\n]{0,120}", text):
        look.found(rules.RUNS, found_call[0], at if at is not None else found_call.start())
        break


class _Judge:
    """Goes through one file."""

    def __init__(self, look: Look, text: str, at: int | None, depth: int = 0) -> None:
        self._look, self._at, self._depth = look, at, depth
        self._names = Names()
        self._tainted: set[str] = set()
        self._secret: set[str] = set()
        self._said: set[tuple[str, str]] = set()
        self._sockets: list[ast.AST] = []
        self._shells: set[str] = set()
        self._classes: dict[str, ast.ClassDef] = {}
        self._starts = [0]
        for line in text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def run(self, tree: ast.Module) -> None:
        """Judge all of it."""
        for _ in range(2):
            for count, node in enumerate(ast.walk(tree), 1):
                self._spent(count)
                self._learn(node)
        for count, (node, is_import_time, is_called) in enumerate(_walked(tree), 1):
            self._spent(count)
            self._judge(node, is_import_time, is_called)
        talks = {"connect", "recv"} <= self._shells and len(self._shells) > 2
        if self._sockets and (talks or self._shells & {"os.dup2", "pty.spawn"}):
            self._say(rules.SHELL, f"a socket with {', '.join(sorted(self._shells)[:6])}", self._sockets[0])

    def _spent(self, count: int) -> None:
        if count & 0xFFF == 0:
            self._look.spend(0x1000)

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._names.imported(node)
        elif isinstance(node, ast.ClassDef):
            self._classes[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.For | ast.withitem):
            self._assigned(node)

    def _judge(self, node: ast.AST, is_import_time: bool, is_called: bool) -> None:
        if isinstance(node, ast.Call):
            self._call(node, is_import_time)
        elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and not is_called:
            self._passed(node)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            self._decorated(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            self._text(node)

    def _assigned(self, node: ast.AST) -> None:
        pairs: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Assign):
            for target in node.targets:
                is_pairs = isinstance(target, ast.Tuple | ast.List) and isinstance(node.value, ast.Tuple | ast.List)
                if is_pairs and len(target.elts) == len(node.value.elts):  # type: ignore[attr-defined]
                    pairs += zip(target.elts, node.value.elts, strict=True)  # type: ignore[attr-defined]
                else:
                    pairs.append((target, node.value))
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            pairs.append((node.target, node.value))
        elif isinstance(node, ast.For):
            pairs.append((node.target, node.iter))
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            pairs.append((node.optional_vars, node.context_expr))
        for target, value in pairs:
            self._names.assigned(target, value)
            names = [one.id for one in ast.walk(target) if isinstance(one, ast.Name)][:50]
            if self._is_tainted(value):
                self._tainted.update(names)
            if self._has_secrets(value):
                self._secret.update(names)

    def _is_tainted(self, node: ast.AST) -> bool:
        """Whether an expression decodes or downloads, or uses what did."""
        for one in _some(node):
            if isinstance(one, ast.Name) and one.id in self._tainted:
                return True
            if isinstance(one, ast.Call) and (path := self._names.path(one.func)):
                if _DECODING.fullmatch(path) or _FETCHING.fullmatch(path) or path in ("chr", "marshal.loads"):
                    return True
                if path.rpartition(".")[2] in ("b64decode", "decompress", "unhexlify", "fromhex", "recv", "urlopen"):
                    return True
        return False

    def _has_secrets(self, node: ast.AST) -> bool:
        for one in _some(node):
            if isinstance(one, ast.Name) and one.id in self._secret:
                return True
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and _SECRETS.search(one.value):
                return True
            if isinstance(one, ast.FormattedValue) and self._names.path(one.value) == "os.environ":
                return True
            if isinstance(one, ast.Call):
                for argument in (*one.args, *(key.value for key in one.keywords)):
                    if self._names.path(argument) == "os.environ":
                        return True
        return False

    # Calls

    def _call(self, node: ast.Call, is_import_time: bool) -> None:
        path = self._names.path(node.func)
        short = path.removeprefix("builtins.")
        if not path:
            self._method(node, is_import_time)
            return
        shown = f"{path}({', '.join(_source(one) for one in node.args[:3])})"
        is_masked = self._names.is_masked(node.func)
        if short in ("exec", "eval", "execfile", "compile") and (path == short or path.startswith("builtins.")):
            self._executing(node, short, shown, is_masked)
        elif _RUNNING.fullmatch(path):
            self._running(node, path, shown, is_masked)
        elif path in _CODE_MAKERS:
            is_hidden = path.startswith("marshal") and self._any_tainted(node)
            self._say(rules.HIDDEN_CODE if is_hidden else rules.RUNS, shown, node)
        elif _FETCHING.fullmatch(path):
            self._fetching(node, path, shown, is_import_time)
        elif _NATIVE.fullmatch(path):
            self._say(rules.SHELL if _SHELLCODE.search(path) else rules.NATIVE, shown, node)
        elif short in ("__import__", "importlib.import_module"):
            self._importing(node, short, shown)
        elif short == "open" or path.endswith((".write_text", ".write_bytes")):
            self._writing(node, shown)
        elif path in ("setuptools.setup", "distutils.core.setup", "setup"):
            self._setup(node)
        else:
            self._shells.update({path} & {"os.dup2"})
            self._method(node, is_import_time)

    def _importing(self, node: ast.Call, short: str, shown: str) -> None:
        if not node.args or self._names.text(node.args[0]) is not None:
            return
        if self._any_tainted(node):
            self._say(rules.MASKED, shown, node)
        elif short == "__import__" and not isinstance(node.args[0], ast.Name | ast.Attribute):
            self._say(rules.RUNS, shown, node)

    def _executing(self, node: ast.Call, short: str, shown: str, is_masked: bool) -> None:
        text = self._names.text(node.args[0]) if node.args else None
        if self._any_tainted(node):
            self._say(rules.HIDDEN_CODE, f"{shown}: {text[:120]}" if text else shown, node)
        elif is_masked and short != "compile":
            self._say(rules.MASKED, shown, node)
        elif short != "compile":
            self._say(rules.RUNS, shown, node)
        inner = _parsed(text) if text is not None and short != "compile" and self._depth < _NESTED else None
        if text is not None and inner is not None:
            _Judge(self._look, text, self._offset(node), self._depth + 1).run(inner)

    def _running(self, node: ast.Call, path: str, shown: str, is_masked: bool) -> None:
        self._shells.add(path)
        words = " ".join(text for one in _some(node) if isinstance(one, ast.expr) and (text := self._own_text(one)))
        if found := remote_shell(words):
            self._say(rules.SHELL, found, node)
        elif any(self._is_tainted(one) for one in node.args[:1]):
            self._say(rules.HIDDEN_CODE, shown, node)
        elif self._has_secrets(node) and re.search(r"curl|wget|nc\b", words):
            self._say(rules.LEAKS, shown, node)
        self._say(rules.MASKED if is_masked else rules.RUNS, shown, node)

    def _own_text(self, node: ast.expr) -> str | None:
        return self._names.text(node) if isinstance(node, ast.Constant | ast.Name | ast.BinOp | ast.JoinedStr) else None

    def _fetching(self, node: ast.Call, path: str, shown: str, is_import_time: bool) -> None:
        if _SOCKET.fullmatch(path):
            self._sockets.append(node)
        if self._secret_arguments(node):
            self._say(rules.LEAKS, shown, node)
        texts = [text for one in _some(node) if isinstance(one, ast.expr) and (text := self._own_text(one))]
        if is_import_time or any(_BARE_ADDRESS.match(text) for text in texts):
            self._say(rules.REACHES, shown, node)

    def _method(self, node: ast.Call, is_import_time: bool) -> None:
        """A call of a method of something that is not known."""
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in ("connect", "connect_ex", "recv"):
                self._shells.add(node.func.attr.removesuffix("_ex"))
            if node.func.attr in ("connect", "connect_ex") and self._sockets and is_import_time:
                self._say(rules.REACHES, _source(node), node)
            if node.func.attr in ("post", "put", "send", "sendall", "request") and self._secret_arguments(node):
                self._say(rules.LEAKS, _source(node), node)
            if node.func.attr in ("popen", "system") and isinstance(node.func.value, ast.Call | ast.Subscript):
                self._say(rules.MASKED, _source(node), node)
            if node.func.attr in ("__subclasses__", "__globals__"):
                self._say(rules.MASKED, _source(node), node)
        elif isinstance(node.func, ast.Call) and self._any_tainted(node.func):
            maker = self._names.path(node.func.func).removeprefix("builtins.")
            if maker in ("getattr", "__import__", "eval"):
                self._say(rules.MASKED, _source(node), node)

    def _writing(self, node: ast.Call, shown: str) -> None:
        texts = [text for one in _some(node) if isinstance(one, ast.expr) and (text := self._own_text(one))]
        mode = next((text for text in texts[1:] if re.fullmatch(r"[rwaxbt+]{1,3}", text)), "r")
        is_writing = any(one in mode for one in "wax+") or not shown.startswith(("open", "builtins.open"))
        if is_writing and any(_STARTUP.search(text) for text in texts):
            self._say(rules.STAYS, shown, node)

    def _any_tainted(self, node: ast.Call) -> bool:
        return any(self._is_tainted(one) for one in (*node.args, *(key.value for key in node.keywords)))

    def _secret_arguments(self, node: ast.Call) -> bool:
        for one in (*node.args, *(key.value for key in node.keywords)):
            if self._names.path(one) == "os.environ" or self._has_secrets(one):
                return True
        return False

    # Others

    def _passed(self, node: ast.expr) -> None:
        path = self._names.path(node)
        if _PASSED.fullmatch(path) and not path.startswith(
            ("subprocess.PIPE", "subprocess.DEVNULL", "subprocess.STDOUT")
        ):
            last = path.rpartition(".")[2]
            if last[:1].islower() or last == "Popen":
                is_masked = isinstance(node, ast.Subscript)
                self._say(rules.MASKED if is_masked else rules.RUNS, f"{path}, passed on", node)
        elif isinstance(node, ast.Attribute) and node.attr == "__subclasses__":
            is_reaching = isinstance(node.value, ast.Subscript | ast.Call | ast.Constant)
            if is_reaching:
                self._say(rules.MASKED, _source(node), node)

    def _decorated(self, node: ast.ClassDef | ast.FunctionDef) -> None:
        for one in node.decorator_list:
            path = self._names.path(one)
            if path.removeprefix("builtins.") in ("exec", "eval", "compile") or _RUNNING.fullmatch(path):
                self._say(rules.MASKED, f"@{path}", node)

    def _text(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and "pyarmor" in node.value[:4_000].lower():
            self._say(rules.HIDDEN_CODE, node.value[:80], node)

    def _setup(self, node: ast.Call) -> None:
        value = next((key.value for key in node.keywords if key.arg == "cmdclass"), None)
        if not isinstance(value, ast.Dict):
            return
        for key, one in zip(value.keys, value.values, strict=True):
            name = self._names.text(key) if key is not None else None
            if name in _INSTALLING:
                made = self._classes.get(one.id) if isinstance(one, ast.Name) else None
                acts = [path for path in self._paths(made) if _RUNNING.fullmatch(path) or _FETCHING.fullmatch(path)]
                acts += [path for path in self._paths(made) if path in _EXECUTING and path != "compile"]
                self._say(
                    rules.HOOK if acts else rules.SETUP, f"{name}: {_source(one)} {', '.join(acts[:3])}".strip(), node
                )

    def _paths(self, made: ast.ClassDef | None) -> list[str]:
        if made is None:
            return []
        return [self._names.path(one.func) for one in _some(made) if isinstance(one, ast.Call)]

    def _offset(self, node: ast.AST) -> int | None:
        if self._at is not None:
            return self._at
        line = getattr(node, "lineno", 1)
        return self._starts[min(line, len(self._starts)) - 1]

    def _say(self, rule: Rule, what: str, node: ast.AST) -> None:
        what = f"line {getattr(node, 'lineno', 1)}: {what}"
        if len(self._said) < 200 and (rule.id, what) not in self._said:
            self._said.add((rule.id, what))
            self._look.found(rule, what, self._offset(node))


def _walked(tree: ast.Module) -> Iterator[tuple[ast.AST, bool, bool]]:
    """All nodes, each with whether it runs on import, and whether it is what a call calls."""
    waiting: list[tuple[ast.AST, bool, bool]] = [(tree, True, False)]
    while waiting:
        node, is_import_time, is_called = waiting.pop()
        yield node, is_import_time, is_called
        inside = is_import_time and not isinstance(node, _FUNCTIONS) and not _is_main(node)
        called = node.func if isinstance(node, ast.Call) else None
        inner = node.value if is_called and isinstance(node, ast.Attribute) else None
        for child in ast.iter_child_nodes(node):
            waiting.append((child, inside, child is called or child is inner))


def _is_main(node: ast.AST) -> bool:
    """Whether it is what runs only when the file itself is started."""
    test = node.test if isinstance(node, ast.If) else None
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _some(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of an expression, not more than can matter."""
    for count, one in enumerate(ast.walk(node)):
        if count > 2_000:
            return
        yield one


def _source(node: ast.AST) -> str:
    """An expression as it is written, in short."""
    try:
        if sum(1 for _ in _some(node)) > 200:
            return "…"
        return ast.unparse(node)[:160]
    except (ValueError, RecursionError):
        return "…"
