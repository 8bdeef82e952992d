"""What a clause asks of tools, as calls: send, forward, pay, read, fetch, look up, change, run, remember, ask."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from bartizan.core.chat import ToolCall

Fill = Callable[[str], str]
"""What a phrase stands for ('the secret you have read' -> the secret); a quotation stands for itself."""

_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"(?:https?|file|ftp|gopher)://[^\s\"'<>)\]]+", re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_SEND = re.compile(
    r"\b(?:send(?:ing)?|e-?mail(?:ing)?|mail(?:ing)?|forward(?:ing)?|write|cc|bcc|reply)\b", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"\bsubject(?: line)?(?: of| is)?:?\s*(?:\"([^\"]*)\"|'([^']*)'|([^,;.\n]+?)(?=\s+(?:and|with|body|text|"
    r"containing)\b|[,;.\n]|$))",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"\b(?:body|text|message|saying|that says|which says|telling (?:them|him|her)(?: that)?|containing|contents?)\b"
    r"(?: of| is)?:?\s+(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_WITH = re.compile(r"\b(?:with|about|including|that)\b:?\s+(.+)$", re.IGNORECASE | re.DOTALL)
_PAY = re.compile(r"\b(?:pay(?:ing|out)?|transfer(?:ring)?|refund(?:ing)?|wire|send)\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?<![\w.])(-?\d[\d.,]*\d|-?\d)\s*(?:€|eur\b|euros?\b|dollars?\b|usd\b|\$|pounds?\b)|(?:€|\$|eur|"
    r"£)\s*(-?\d[\d.,]*\d|-?\d)",
    re.IGNORECASE,
)
_PAYEE = re.compile(
    r"\bto\s+(?:the )?(?:account(?: number)?(?: of)? |payee |iban )?(?:\"([^\"]*)\"|'([^']*)'|(.+?))(?=\s+(?:with|"
    r"for|using|as|and|reference|now|immediately)\b|[,;\n]|\.(?:\s|$)|$)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:reference|for|as)\s+(?:is |of |invoice )?(?:\"([^\"]*)\"|'([^']*)'|([^,;.\n]+))", re.IGNORECASE
)
_FETCH = re.compile(
    r"\b(?:fetch(?:ing)?|open(?:ing)?|visit(?:ing)?|load(?:ing)?|brows\w+|get|call|request|go to|read(?:ing)?|"
    r"summari[sz]e|check|download|access|follow|look at|ping|contact|post|submit|upload|page)\b",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"(?<![\w:/.])((?:\.{0,2}/|~/|[\w-]+/)[\w./-]*[\w/-]|[\w-]+\.(?:md|txt|csv|json|log|pdf|docx?|html?|ya?ml|"
    r"env))(?![\w])"
)
_READ = re.compile(
    r"\b(?:read(?:ing)?|open(?:ing)?|show|print|display|get|summari[sz]e|cat|what does|what is in|look (?:at|"
    r"into)|load|view|quote)\b",
    re.IGNORECASE,
)
_WRITE = re.compile(r"\b(?:write|save|store|put|append|overwrite|replace|create)\b", re.IGNORECASE)
_WHERE = re.compile(
    r"\b(?:to|into|in|as|over|file)\s+(?:the |a )?(?:file |document )?(?:\"([^\"]+)\"|'([^']+)'|"
    r"([\w./~-]*[\w-]))\s*[.!]?(?=\s|$)",
    re.IGNORECASE,
)
_RUN = re.compile(
    r"\b(?:run(?:ning)?|execut(?:e|ing)|shell|command)\b(?:\s+(?:the |this |following |shell |bash )*(?:command|"
    r"script|line|code)?s?)?:?\s+(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_REMEMBER = re.compile(
    r"\b(?:remember(?:ing)?|memori[sz]e|keep in mind|note down|take a note|make a note|save (?:a|the) note|"
    r"(?:save|store|add|write)\b.{0,40}\b(?:to|in|into) (?:your |the )?(?:long-term )?(?:memory|"
    r"notes))\b(?:\s*(?:that|this|the following|of|for (?:later|all future \w+)))*\s*[:,]?\s*(.*)$",
    re.IGNORECASE | re.DOTALL,
)
_CUSTOMER = re.compile(r"\bcustomers?'?s?\b|\brecords? (?:of|for)\b|\bcrm\b", re.IGNORECASE)
_NAMED = re.compile(
    r"\b(?:customer|client|record (?:of|for)|for|of|about)\s+(?:the customer\s+|customer\s+)?(?:\"([^\"]+)\"|"
    r"'([^\n]+)'|([A-Z*%'][\w'*%= -]*?))(?='s\b|\s+(?:to|and|with|in|from|then|record)\b|[?.,;!]|$)"
)
_CHANGE = re.compile(
    r"\b(?:update|change|set|modify|overwrite|edit|correct)\b\s+(?:the\s+)?(?P<rest>.+)$", re.IGNORECASE | re.DOTALL
)
_CHANGES = (
    re.compile(
        r"(?P<field>[\w -]+?) (?:of|for) (?:the )?(?:customer )?(?P<name>\"[^\"]+\"|[\w .-]+?) to (?P<value>.+)$",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(r"(?:customer )?(?P<name>[\w .-]+?)'s (?P<field>[\w -]+?) to (?P<value>.+)$", re.IGNORECASE | re.DOTALL),
)
_AGENT = re.compile(
    r"\b(?:ask(?:ing)?|tell(?:ing)?|message|instruct(?:ing)?|order)\s+(?:the )?(?:agent "
    r")?[\"']?(?P<name>[\w-]+)[\"']?(?: agent)?\s*(?:to|that|:|,|for|whether|when|if|what|about)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_AGENTS = frozenset({"billing", "logistics"})
_DOCUMENT = re.compile(
    r"\b(?:document|file|attachment|note|paper)s?\s+(?:called |named |titled )?(?:\"([^\"]+)\"|'([^'\n]+)')",
    re.IGNORECASE,
)
_SEARCH = re.compile(
    r"\b(?:search|look|find|any|what do|which|what does)\b.*\b(?:documents?|files?|papers)\b(?:\s+(?:for|about|on|"
    r"mention\w*|say about|that \w+))?\s*(.*)$",
    re.IGNORECASE | re.DOTALL,
)
_INVOKE = re.compile(
    r"\b(?:call(?:ing)?|us(?:e|ing)|invok(?:e|ing)|run(?:ning)?|trigger)\s+(?:the\s+)?(?:tool\s+|"
    r"function\s+)?[\"'`]?(?P<name>[a-z_]+)[\"'`]?(?:\s+tool)?(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_BRACKETS = re.compile(r"\(\s*(.*?)\s*\)\s*[.!]?$", re.DOTALL)
_PAIR = re.compile(r"\b([a-z_]+)\s*(?:=|:|\bset to\b)\s*(?:\"([^\"]*)\"|'([^']*)'|([^,;\n)]+))", re.IGNORECASE)


def errands(clause: str, tools: frozenset[str], fill: Fill) -> list[ToolCall]:
    """The calls, of tools that there are, that a clause asks for: the first form that fits, none where none does."""
    named = _invoked(clause, tools)
    if named is not None:
        return [named]
    for tool, form in _FORMS:
        if tool in tools:
            arguments = form(clause, fill)
            if arguments is not None:
                return [ToolCall(name=tool, arguments=arguments)]
    return []


def _one(found: re.Match[str] | None) -> str:
    """What one of a pattern's groups holds."""
    return next((part.strip() for part in found.groups() if part), "") if found is not None else ""


def _invoked(clause: str, tools: frozenset[str]) -> ToolCall | None:
    """A tool that is called by its own name."""
    found = _INVOKE.search(clause)
    name = found["name"].casefold() if found is not None else ""
    if found is None or name not in tools:
        name = next((one for one in tools if re.search(rf"\b{one}\s*\(", clause)), "")
        if not name:
            return None
        rest = clause[clause.index(name) + len(name) :]
    else:
        rest = found["rest"]
    return ToolCall(name=name, arguments=_arguments(rest))


def _arguments(text: str) -> dict[str, Any]:
    begin, end = text.find("{"), text.rfind("}")
    if 0 <= begin < end:
        try:
            told = json.loads(text[begin : end + 1])
        except (ValueError, RecursionError):
            told = None
        if isinstance(told, dict):
            return told
    inner = _BRACKETS.search(text)
    pairs = _PAIR.finditer(inner[1] if inner is not None else text)
    found: dict[str, Any] = {}
    for pair in pairs:
        value = next((part for part in pair.groups()[1:] if part is not None), "")
        value = value.strip().removesuffix(" and").strip()
        found[pair[1].casefold()] = float(value) if pair[1].casefold() == "amount" and _is_number(value) else value
    return found


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(?:\.\d+)?", text))


def _send(clause: str, fill: Fill) -> dict[str, Any] | None:
    to = _ADDRESS.findall(clause)
    if not to or not _SEND.search(clause):
        return None
    subject = _one(_SUBJECT.search(clause))
    rest = re.sub(r"\b(?:with|and) (?:the|a)\s+(?=and\b|with\b|,|\.|$)", "", _SUBJECT.sub("", clause))
    verb = _SEND.search(rest)
    object_ = rest[verb.end() : rest.find(to[0])] if verb is not None else ""
    object_ = re.sub(
        r"^\s*(?:an? |the |this )?(?:e-?mails?|mails?|message|note)?\b|\bto\s*$|\bto the address\s*$",
        "",
        object_.strip(),
    )
    after = rest[rest.find(to[0]) + len(to[0]) :]
    body = _BODY.search(after) or _BODY.search(rest) or _WITH.search(after)
    told = [fill(part) for part in (body[1] if body is not None else "", object_) if part.strip(" .,:")]
    text = "\n".join(dict.fromkeys(one for one in told if one)) or fill("it")
    return {"to": ", ".join(dict.fromkeys(to)), "subject": subject or "A message", "body": text}


def _pay(clause: str, fill: Fill) -> dict[str, Any] | None:
    amount, verb = _AMOUNT.search(clause), _PAY.search(clause)
    if amount is None or verb is None:
        return None
    rest = clause[verb.end() :]
    to = _one(_PAYEE.search(rest)) or re.sub(r"[\d.,€$]+.*$", "", rest).strip(" :")
    reference = _one(_REFERENCE.search(rest[_AMOUNT.search(rest).end() :])) if _AMOUNT.search(rest) else ""  # type: ignore[union-attr]
    value = re.sub(r"[^\d.,-]", "", amount[1] or amount[2]).replace(",", "")
    return {
        "to": to.strip(" .\"'"),
        "amount": float(value) if _is_number(value) else 0.0,
        "reference": reference or "-",
    }


def _fetch(clause: str, fill: Fill) -> dict[str, Any] | None:
    url = _URL.search(clause)
    if url is None or not _FETCH.search(clause):
        return None
    address = url[0].rstrip(".,;!?")
    rest = clause[url.end() :]
    carried = re.search(
        r"(?:appended|attached|added|followed by|with|append(?:ing)?|and add)\s+(.+)$", rest, re.IGNORECASE
    )
    if carried is not None and address.endswith(("=", "/")):
        address += re.sub(r"\s+", "%20", fill(carried[1]))[:500]
    return {"url": address}


def _run(clause: str, fill: Fill) -> dict[str, Any] | None:
    found = _RUN.search(clause)
    if found is None or not re.search(r"\b(?:run|running|execut\w+)\b", clause, re.IGNORECASE):
        return None
    quoted = _one(_QUOTED.search(found[1]))
    return {
        "command": quoted
        or re.sub(r"\s+(?:in|on|with) (?:the |your )?(?:shell|terminal|console).*$|[.!]$", "", found[1]).strip()
    }


def _remember(clause: str, fill: Fill) -> dict[str, Any] | None:
    found = _REMEMBER.search(clause)
    if found is None or clause.rstrip().endswith("?"):
        return None
    text = found[1].strip() or clause
    return {"text": (_one(_QUOTED.fullmatch(text.rstrip("."))) or text).strip()}


def _update(clause: str, fill: Fill) -> dict[str, Any] | None:
    found = _CHANGE.search(clause)
    if found is None:
        return None
    for form in _CHANGES:
        parts = form.search(found["rest"])
        if parts is not None:
            value = _one(_QUOTED.search(parts["value"])) or parts["value"].strip().rstrip(".!")
            field = parts["field"].strip().casefold().replace(" ", "_").replace("e-mail", "email")
            field = re.sub(r"_address$", "", field) if field.startswith("email") else field
            return {"name": parts["name"].strip(' "'), "field": field, "value": value}
    return None


def _customer(clause: str, fill: Fill) -> dict[str, Any] | None:
    if not _CUSTOMER.search(clause):
        return None
    name = _one(_NAMED.search(clause))
    return {"name": name} if name else None


def _agent(clause: str, fill: Fill) -> dict[str, Any] | None:
    found = _AGENT.search(clause)
    if found is None:
        return None
    if found["name"].casefold() not in _AGENTS and not re.search(r"\bagents?\b", found[0][:80], re.IGNORECASE):
        return None
    if found["name"].casefold() in {"me", "us", "the", "them", "him", "her", "user", "customer", "it"}:
        return None
    return {"name": found["name"], "message": _one(_QUOTED.search(found["what"])) or found["what"].strip()}


def _mail(clause: str, fill: Fill) -> dict[str, Any] | None:
    if not re.search(r"\b(?:e-?mails?|mails?|inbox|mailbox|messages)\b", clause, re.IGNORECASE):
        return None
    return (
        {"folder": "sent"}
        if re.search(r"\bsent (?:folder|mail)|in sent\b", clause, re.IGNORECASE)
        else {"folder": "inbox"}
    )


def _write(clause: str, fill: Fill) -> dict[str, Any] | None:
    verb = _WRITE.search(clause)
    where = list(_WHERE.finditer(clause))
    if verb is None or not where:
        return None
    path = _one(where[-1])
    if "/" not in path and "." not in path:
        return None
    between = clause[verb.end() : where[-1].start()].strip()
    after = re.search(
        r"\b(?:with|containing|saying|text|content)s?:?\s+(.+)$", clause[where[-1].end() :], re.IGNORECASE
    )
    return {"path": path, "text": fill(after[1] if after is not None else between)}


def _read(clause: str, fill: Fill) -> dict[str, Any] | None:
    named = _one(_DOCUMENT.search(clause))
    if named:
        return {"path": named if "/" in named else f"documents/{named}"}
    path = _PATH.search(_URL.sub("", _ADDRESS.sub("", clause)))
    if path is None or not _READ.search(clause) or path[1].endswith("/"):
        return None
    return {"path": path[1].strip()}


def _files(clause: str, fill: Fill) -> dict[str, Any] | None:
    if not re.search(r"\b(?:which|what|list|show|name)\b.*\b(?:files|documents|folder)\b", clause, re.IGNORECASE):
        return None
    folder = re.search(r"\b([\w./-]+)/(?=[\s?.!,]|$)", clause)
    return {"folder": folder[1] if folder is not None else "documents"}


def _tickets(clause: str, fill: Fill) -> dict[str, Any] | None:
    return {} if re.search(r"\btickets?\b", clause, re.IGNORECASE) else None


def _search(clause: str, fill: Fill) -> dict[str, Any] | None:
    found = _SEARCH.search(clause)
    return {"query": (found[1] or clause).strip(" ?.!")} if found is not None else None


_FORMS: tuple[tuple[str, Callable[[str, Fill], dict[str, Any] | None]], ...] = (
    ("remember", _remember),
    ("update_customer", _update),
    ("send_mail", _send),
    ("run_command", _run),
    ("pay", _pay),
    ("ask_agent", _agent),
    ("fetch_page", _fetch),
    ("find_customer", _customer),
    ("write_file", _write),
    ("read_file", _read),
    ("read_tickets", _tickets),
    ("list_files", _files),
    ("search_documents", _search),
    ("read_mail", _mail),
)
"""In this order: what names its object most clearly comes first."""
