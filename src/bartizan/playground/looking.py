"""What a clause asks of the house's own things, files, records, notes, mail, tickets; None where it does not."""

from __future__ import annotations

import re
from typing import Any

from bartizan.playground.phrases import QUOTED, Fill, one
from bartizan.playground.sending import ADDRESS, URL

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
_DOCUMENT = re.compile(
    r"\b(?:document|file|attachment|note|paper)s?\s+(?:called |named |titled )?(?:\"([^\"]+)\"|'([^'\n]+)')",
    re.IGNORECASE,
)
_SEARCH = re.compile(
    r"\b(?:search|look|find|any|what do|which|what does)\b.*\b(?:documents?|files?|papers)\b(?:\s+(?:for|about|on|"
    r"mention\w*|say about|that \w+))?\s*(.*)$",
    re.IGNORECASE | re.DOTALL,
)


def run(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A command."""
    found = _RUN.search(clause)
    if found is None or not re.search(r"\b(?:run|running|execut\w+)\b", clause, re.IGNORECASE):
        return None
    quoted = one(QUOTED.search(found[1]))
    return {
        "command": quoted
        or re.sub(r"\s+(?:in|on|with) (?:the |your )?(?:shell|terminal|console).*$|[.!]$", "", found[1]).strip()
    }


def remember(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A note."""
    found = _REMEMBER.search(clause)
    if found is None or clause.rstrip().endswith("?"):
        return None
    text = found[1].strip() or clause
    return {"text": (one(QUOTED.fullmatch(text.rstrip("."))) or text).strip()}


def update(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A field of a record."""
    found = _CHANGE.search(clause)
    if found is None:
        return None
    for form in _CHANGES:
        parts = form.search(found["rest"])
        if parts is not None:
            value = one(QUOTED.search(parts["value"])) or parts["value"].strip().rstrip(".!")
            field = parts["field"].strip().casefold().replace(" ", "_").replace("e-mail", "email")
            field = re.sub(r"_address$", "", field) if field.startswith("email") else field
            return {"name": parts["name"].strip(' "'), "field": field, "value": value}
    return None


def customer(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A record."""
    if not _CUSTOMER.search(clause):
        return None
    name = one(_NAMED.search(clause))
    return {"name": name} if name else None


def mail(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A folder of mail."""
    if not re.search(r"\b(?:e-?mails?|mails?|inbox|mailbox|messages)\b", clause, re.IGNORECASE):
        return None
    return (
        {"folder": "sent"}
        if re.search(r"\bsent (?:folder|mail)|in sent\b", clause, re.IGNORECASE)
        else {"folder": "inbox"}
    )


def write(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A file to write."""
    verb = _WRITE.search(clause)
    where = list(_WHERE.finditer(clause))
    if verb is None or not where:
        return None
    path = one(where[-1])
    if "/" not in path and "." not in path:
        return None
    between = clause[verb.end() : where[-1].start()].strip()
    after = re.search(
        r"\b(?:with|containing|saying|text|content)s?:?\s+(.+)$", clause[where[-1].end() :], re.IGNORECASE
    )
    return {"path": path, "text": fill(after[1] if after is not None else between)}


def read(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A file to read."""
    named = one(_DOCUMENT.search(clause))
    if named:
        return {"path": named if "/" in named else f"documents/{named}"}
    path = _PATH.search(URL.sub("", ADDRESS.sub("", clause)))
    if path is None or not _READ.search(clause) or path[1].endswith("/"):
        return None
    return {"path": path[1].strip()}


def files(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A folder."""
    if not re.search(r"\b(?:which|what|list|show|name)\b.*\b(?:files|documents|folder)\b", clause, re.IGNORECASE):
        return None
    folder = re.search(r"\b([\w./-]+)/(?=[\s?.!,]|$)", clause)
    return {"folder": folder[1] if folder is not None else "documents"}


def tickets(clause: str, fill: Fill) -> dict[str, Any] | None:
    """The open tickets."""
    return {} if re.search(r"\btickets?\b", clause, re.IGNORECASE) else None


def search(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A search in documents."""
    found = _SEARCH.search(clause)
    return {"query": (found[1] or clause).strip(" ?.!")} if found is not None else None
