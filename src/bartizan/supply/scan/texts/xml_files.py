"""XML, such as PMML: what in it reaches out, grows without end, or runs. Scanned for its markup, never parsed."""

# ruff: noqa: SIM905  words are read best as text
from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from typing import Final

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.texts.decoding import encoding
from bartizan.supply.scan.texts.invisible import hidden

EXTERNAL = Rule(
    id="xml.external",
    level="detect",
    title="The document takes in files or addresses",
    why="A parser that follows external entities reads files of the machine, or asks servers inside of the network.",
    refs=("CWE-611", "CWE-918"),
)
PARAMETER = Rule(
    id="xml.parameter-entity",
    level="detect",
    title="The document makes its own declarations while it is read",
    why="Parameter entities are how files are sent out by a parser; no model needs them.",
    refs=("CWE-611",),
)
BOMB = Rule(
    id="xml.bomb",
    level="detect",
    title="The document grows without end when it is read",
    why="Entities that name others many times over fill the memory.",
    refs=("CWE-776", "AML.T0029"),
)
INCLUDE = Rule(
    id="xml.include",
    level="detect",
    title="The document includes another",
    why="XInclude reads what it names into the document.",
    refs=("CWE-611", "CWE-829"),
)
HIDES = Rule(
    id="xml.encoding",
    level="detect",
    title="The document is in an encoding that hides its markup",
    why="Programs that look for a DOCTYPE do not see it, parsers do.",
    refs=("CWE-838", "CWE-436"),
)
RUNS = Rule(
    id="xml.runs",
    level="detect",
    title="The document names what runs commands or code",
    why="Extensions of style sheets, Java beans and processing instructions are run by some programs that read them.",
    refs=("CWE-91", "CWE-502"),
)
ENTITY = Rule(
    id="xml.entity",
    level="review",
    title="The document declares entities",
    why="What it says depends on declarations; no library writes models like this.",
    refs=("CWE-776",),
)
SCRIPT = Rule(
    id="xml.script",
    level="review",
    title="The document holds a script or a style sheet",
    why="Some programs that read it run it.",
    refs=("CWE-79", "CWE-91"),
)
OUTSIDE_TYPE = Rule(
    id="xml.external-type",
    level="review",
    title="The document has its declarations elsewhere",
    why="A parser may load them, and they may declare entities.",
    refs=("CWE-611",),
)
RULES = (EXTERNAL, PARAMETER, BOMB, INCLUDE, HIDES, RUNS, ENTITY, SCRIPT, OUTSIDE_TYPE)

_HTML: Final = frozenset(
    """
    a abbr article b body br button center code dd details div dl em figure font footer form h1 h2 h3 h4 h5 h6 head
    header hr
    html i img kbd li link main meta nav ol p picture pre q s script section small source span strong style sub summary
    sup table tbody td th thead title tr u ul video br/ hr/
    """.split()
)
_PROLOG: Final = re.compile(r"\s*<\?xml\s[^>]{0,300}?\bencoding\s*=\s*[\"']([^\"']{1,60})[\"']")
_START: Final = re.compile(
    r"\ufeff?\s*(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:(\?xml[\s-])|(!DOCTYPE\s+\w+|!ENTITY|!\[CDATA)|([A-Za-z_][\w.:-]*)([\s/>]|$))",
    re.DOTALL,
)
_EVERYDAY: Final = re.compile(
    r"utf-?8|us-ascii|ascii|iso-8859-\d+|latin-?\d|windows-125\d|cp125\d|koi8-[ru]|shift[-_]jis|euc-(?:jp|kr)|gb(?:2312|k|18030)|big5",
    re.IGNORECASE,
)
_WIDE: Final = re.compile(r"utf-?16(?:-?[lb]e)?|utf-?32(?:-?[lb]e)?|iso-10646-ucs-[24]|ucs-[24]", re.IGNORECASE)
_EBCDIC: Final = b"\x4c\x6f\xa7\x94"
_ODD: Final = {
    "utf-7": "utf-7",
    "utf7": "utf-7",
    "cp037": "cp037",
    "ibm037": "cp037",
    "cp500": "cp500",
    "ibm500": "cp500",
}
_VOCABULARY: Final = re.compile(r"<[\w|]{1,40}>[\t ]-?\d[\d.e-]{0,30}\r?\n")
"""How lists of a tokenizer's pieces begin: `<unk>`, and its score. What is no XML to the end is such a list."""
_ENDS: Final = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_LONGEST: Final = 4 << 20
_TAG_END: Final = re.compile(r"(?:[^\"'>]++|\"[^\"]*+\"|'[^']*+')*+>")
_ATTRIBUTE: Final = re.compile(r"([\w:.-]{1,200})\s{0,99}=\s{0,99}(?:\"([^\"]*)\"|'([^']*)')")
_KNOWN_TYPES: Final = re.compile(
    r"https?://(?:www\.)?(?:w3\.org|dmg\.org|apple\.com/DTDs|xml\.org)/|about:legacy-compat"
)
_ENTITY: Final = re.compile(
    r"<!ENTITY\s+(?P<percent>%\s+)?(?P<name>[^\s\"'<>%]{1,500})\s+(?:(?P<kind>SYSTEM|PUBLIC)\b|\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')"
)
_COMMENT_OR_TEXT: Final = re.compile(r"<!--.*?-->|\"[^\"]*+\"|'[^']*+'", re.DOTALL)
_USES: Final = re.compile(r"&([^\s&;#]{1,500});")
_LARGE: Final = 1 << 20
_NAMESPACES: Final = (
    ("http://www.w3.org/2001/XInclude", INCLUDE),
    ("http://www.w3.org/2003/XInclude", INCLUDE),
    ("urn:schemas-microsoft-com:xslt", RUNS),
    ("http://xml.apache.org/xalan/java", RUNS),
    ("http://xml.apache.org/xslt/java", RUNS),
    ("http://saxon.sf.net/java-type", RUNS),
    ("xalan://", RUNS),
    ("http://php.net/xsl", RUNS),
    ("http://www.w3.org/1999/XSL/Transform", SCRIPT),
    ("clr-namespace:System.Diagnostics", RUNS),
)
_ACTING: Final = re.compile(
    r"java\.lang\.(?:Runtime|ProcessBuilder|System|Class)\b|java\.beans\.XMLDecoder|javax\.script|ScriptEngine|ObjectDataProvider"
    r"|System\.Diagnostics\.Process|javax\.naming|JdbcRowSetImpl|TemplatesImpl|\bgetRuntime\b|Runtime\.exec|\bos\.system\b|__import__"
    r"|\bsubprocess\.\w+|/bin/(?:ba|da|z)?sh\b|\bcmd\.exe\b|\bpowershell\b|\beval\s{0,9}\(|\bexec\s{0,9}\(|\bjndi:",
)
_CLASS_NAME: Final = re.compile(r"(?:java|javax|com\.sun|org\.apache|org\.springframework|sun|groovy)\.[\w.$]{3,200}")


def _named(blob: Blob) -> tuple[str, str]:
    """The encoding, and what about it is odd."""
    head = blob.read(0, 1024)
    if head.startswith(_EBCDIC):
        return "cp037", "EBCDIC"
    name = encoding(head[:4])
    found = _PROLOG.match(head.decode("latin-1").removeprefix("\xef\xbb\xbf")) if name.startswith("utf-8") else None
    if found is None:
        return name, name if name.startswith("utf-32") else ""
    told = found[1].lower().replace("_", "-")
    if told in _ODD:
        return _ODD[told], told
    if _WIDE.fullmatch(told):
        return name, f"{told} is told, and it is not"
    if not _EVERYDAY.fullmatch(told):
        raise Unreadable(f"the encoding {found[1]!r} is not known")
    return (name if told in ("utf8", "utf-8", "ascii", "us-ascii") else _python_name(told)), ""


def _python_name(told: str) -> str:
    try:
        return codecs.lookup(told.replace("windows-", "cp")).name
    except LookupError:
        return "latin-1"


def _begins(blob: Blob, head: bytes) -> str:
    name = "cp037" if head.startswith(_EBCDIC) else encoding(head[:4])
    return codecs.getincrementaldecoder(name)("replace").decode(head)


def _fits(head: bytes, blob: Blob) -> bool:
    if b"<" not in head[:1024] and not head.startswith(_EBCDIC):
        return False
    text = _begins(blob, head)
    if re.match(r"\ufeff?\s*<!--(?:(?!-->).)*$", text, re.DOTALL) and blob.size > len(head):
        return True
    found = _START.match(text)
    if found is None:
        return False
    if found[2]:
        return re.match(r"!DOCTYPE\s+html\b(?![^>]*\[)", text[found.start(2) :], re.IGNORECASE) is None
    return bool(found[1]) or found[3].lower() not in _HTML or "xmlns" in text


def _look(blob: Blob, look: Look) -> None:
    name, odd = _named(blob)
    if odd:
        look.found(HIDES, odd)
    try:
        _Markup(look).run(blob, name)
    except Unreadable:
        if not _VOCABULARY.match(_begins(blob, blob.read(0, 200))):
            raise


class _Markup:
    """Goes through the markup, piece by piece."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._at = 0
        self._extensions = 0
        self._depth = 0
        self._elements = 0
        self._said: set[tuple[str, str]] = set()

    def run(self, blob: Blob, name: str) -> None:
        """Look at all of it. Raises Unreadable, and TooMuch."""
        rest = ""
        for piece in self._decoded(blob, name):
            if found := hidden(piece):
                self._say(SCRIPT, found)
            text = rest + piece
            at = self._marks(text)
            rest = text[at:]
            self._at += at
            if len(rest) > _LONGEST:
                raise TooMuch(f"markup of more than {_LONGEST:,} characters", self._at)
        if rest:
            raise Unreadable(f"it ends within {rest[:40]!r}", self._at)
        if self._depth > 0:
            raise Unreadable(f"it ends with {self._depth:,} open elements", self._at)
        if not self._elements:
            raise Unreadable("there is no element in it", self._at)

    def _marks(self, text: str) -> int:
        """Go through the markup in this text. Returns the place of what is not all here; else its end."""
        at = count = 0
        while (start := text.find("<", at)) >= 0:
            if self._extensions and start > at:
                self._content(text[at:start])
            end = self._end(text, start)
            if end < 0:
                return start
            self._piece(text[start:end])
            at = end
            count += 1
            if count & 0xFFF == 0:
                self._look.spend(0x1000)
        if self._extensions:
            self._content(text[at:])
        return len(text)

    def _decoded(self, blob: Blob, name: str) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(name)()
        at = 0
        for block in blob.blocks():
            try:
                yield decoder.decode(block, at + len(block) >= blob.size)
            except UnicodeDecodeError as error:
                raise Unreadable(f"it is not in {name}", at + error.start) from None
            at += len(block)

    def _end(self, text: str, start: int) -> int:
        for opening, closing in _ENDS.items():
            if text.startswith(opening, start):
                end = text.find(closing, start + len(opening))
                return end + len(closing) if end >= 0 else -1
        if text.startswith("<!DOCTYPE", start):
            return _doctype_end(text, start)
        found = _TAG_END.match(text, start)
        return found.end() if found else -1

    def _piece(self, text: str) -> None:
        if text.startswith("<!--"):
            return
        if text.startswith("<![CDATA["):
            self._content(text[9:-3])
        elif text.startswith("<?"):
            self._instruction(text)
        elif text.startswith(("<!DOCTYPE", "<!ENTITY")):
            self._doctype(text)
        elif text.startswith("</"):
            self._depth -= 1
            if _local(text[2:]) == "Extension":
                self._extensions = max(0, self._extensions - 1)
        elif not text.startswith("<!"):
            self._element(text)
        else:
            self._say(ENTITY, text[:200])

    def _instruction(self, text: str) -> None:
        target = re.split(r"[\s?]", text[2:], maxsplit=1)[0].lower()
        if target == "xml-stylesheet" and "css" not in text:
            self._say(SCRIPT, text[:200])
        elif target in ("php", "import", "job", "mso-application", "python", "perl") or "php" in target:
            self._say(RUNS, text[:200])

    def _element(self, text: str) -> None:
        name = _local(text[1:])
        self._elements += 1
        if not text.endswith("/>"):
            self._depth += 1
            self._extensions += name == "Extension"
        if name.lower() == "script":
            self._say(SCRIPT, text[:200])
        if "=" not in text:
            return
        for found in _ATTRIBUTE.finditer(text):
            value = found[2] if found[2] is not None else found[3]
            self._attribute(found[1], html.unescape(value) if "&" in value else value, text, name)

    def _attribute(self, key: str, value: str, text: str, element: str) -> None:
        if key.startswith("xmlns") or "://" in value or value.startswith(("urn:", "clr-")):
            for address, rule in _NAMESPACES:
                if value.startswith(address):
                    self._say(rule, text[:200])
        if key in ("class", "type", "resolves-to", "interface", "ClassName", "className") or element == "Extension":
            if _ACTING.search(value) or (key == "class" and element in ("java", "object") and _CLASS_NAME.match(value)):
                self._say(RUNS, text[:200])
        elif "javascript:" in value[:40].lower() or (re.match(r"on[a-z]{3,20}$", key) and "(" in value):
            self._say(SCRIPT, text[:200])

    def _content(self, text: str) -> None:
        if self._extensions and (found := _ACTING.search(html.unescape(text) if "&" in text else text)):
            self._say(RUNS, found[0])

    # Declarations

    def _doctype(self, text: str) -> None:
        before = text.split("[", 1)[0]
        if found := re.search(r"\s(?:SYSTEM|PUBLIC)\b(.{0,2000})", before, re.DOTALL):
            self._type(found[1], before)
        body = _COMMENT_OR_TEXT.sub(lambda one: "" if one[0].startswith("<!--") else one[0], text)
        sizes: dict[str, str] = {}
        for one in _ENTITY.finditer(body):
            if one["percent"]:
                self._say(PARAMETER, body[one.start() : one.start() + 200])
            if one["kind"]:
                self._say(EXTERNAL, body[one.start() : one.start() + 200])
            elif not one["percent"]:
                sizes.setdefault(
                    one["name"], html_digits(one["double"] if one["double"] is not None else one["single"])
                )
        if re.search(r"%[\w.:-]{1,200};", re.sub(r"\"[^\"]*\"|'[^']*'", "", body)):
            self._say(PARAMETER, body[:200])
        self._sizes(sizes, body)
        if (
            "<!ENTITY" in body
            and not sizes
            and not any(rule in ("xml.external", "xml.parameter-entity") for rule, _ in self._said)
        ):
            self._say(PARAMETER, body[:200])

    def _type(self, rest: str, shown: str) -> None:
        addresses = [one for pair in re.findall(r"\"([^\"]*)\"|'([^']*)'", rest) for one in pair if one]
        address = addresses[-1] if addresses else ""
        if _KNOWN_TYPES.match(address):
            return
        leads_out = "://" in address or address.startswith(("/", "\\", "file:")) or ".." in address
        self._say(EXTERNAL if leads_out else OUTSIDE_TYPE, shown[:200])

    def _sizes(self, texts: dict[str, str], body: str) -> None:
        sizes = dict.fromkeys(texts, -1)
        for first in texts:
            waiting = [(first, False)]
            open_: set[str] = set()
            while waiting:
                name, is_done = waiting.pop()
                inner = _USES.findall(texts[name])
                if is_done:
                    open_.discard(name)
                    sizes[name] = min(len(texts[name]) + sum(max(sizes.get(one, 0), 0) for one in inner), 1 << 60)
                elif sizes[name] < 0:
                    open_.add(name)
                    waiting.append((name, True))
                    for one in dict.fromkeys(inner):
                        if one in open_:
                            self._say(BOMB, f"&{one}; within itself")
                            return
                        if sizes.get(one, 0) < 0:
                            waiting.append((one, False))
        worst = max(sizes.values(), default=0)
        if worst > _LARGE:
            self._say(BOMB, f"entities that become {worst:,} characters")
        elif texts:
            self._say(ENTITY, body[body.find("<!ENTITY") :][:200])

    def _say(self, rule: Rule, what: str) -> None:
        if len(self._said) < 200 and (rule.id, what) not in self._said:
            self._said.add((rule.id, what))
            self._look.found(rule, what, self._at)


def html_digits(text: str) -> str:
    """A text with the numbers of characters read, as the value of an entity is."""
    return re.sub(
        r"&#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));", lambda one: _char(int(one[1], 16) if one[1] else int(one[2])), text
    )


def _char(code: int) -> str:
    return chr(code) if code < 0x110000 else "\ufffd"


def _local(text: str) -> str:
    found = re.match(r"[^\s/>]{1,300}", text)
    return found[0].rpartition(":")[2] if found else ""


def _doctype_end(text: str, start: int) -> int:
    """Behind a DOCTYPE with its declarations; -1: it goes on."""
    depth = 0
    mark = re.compile(r"<!--.*?-->|<\?.*?\?>|\"[^\"]*\"|'[^']*'|<!--|<\?|[\"'\[\]<>]", re.DOTALL)
    brackets = False
    for found in mark.finditer(text, start):
        one = found[0]
        if one in ("<!--", "<?", '"', "'"):
            return -1
        if one == "[":
            brackets = True
        elif one == "]":
            brackets = False
        elif one == "<":
            depth += 1
        elif one == ">":
            depth -= 1
            if depth == 0 and not brackets:
                return found.end()
    return -1


XML = Format(name="XML", fits=_fits, look=_look, is_guess=True)
"""PMML and everything else between angle brackets that is no HTML."""
