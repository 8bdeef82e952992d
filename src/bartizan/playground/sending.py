"""What a clause asks to be sent away, a mail, a payment, a request, a message; None where it does not."""

from __future__ import annotations

import re
from typing import Any

from bartizan.playground.phrases import QUOTED, Fill, is_number, one

ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
URL = re.compile(r"(?:https?|file|ftp|gopher)://[^\s\"'<>)\]]+", re.IGNORECASE)
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
_AGENT = re.compile(
    r"\b(?:ask(?:ing)?|tell(?:ing)?|message|instruct(?:ing)?|order)\s+(?:the )?(?:agent "
    r")?[\"']?(?P<name>[\w-]+)[\"']?(?: agent)?\s*(?:to|that|:|,|for|whether|when|if|what|about)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_AGENTS = frozenset({"billing", "logistics"})


def send(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A mail."""
    to = ADDRESS.findall(clause)
    if not to or not _SEND.search(clause):
        return None
    subject = one(_SUBJECT.search(clause))
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


def pay(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A payment."""
    amount, verb = _AMOUNT.search(clause), _PAY.search(clause)
    if amount is None or verb is None:
        return None
    rest = clause[verb.end() :]
    to = one(_PAYEE.search(rest)) or re.sub(r"[\d.,€$]+.*$", "", rest).strip(" :")
    reference = one(_REFERENCE.search(rest[_AMOUNT.search(rest).end() :])) if _AMOUNT.search(rest) else ""  # type: ignore[union-attr]
    value = re.sub(r"[^\d.,-]", "", amount[1] or amount[2]).replace(",", "")
    return {
        "to": to.strip(" .\"'"),
        "amount": float(value) if is_number(value) else 0.0,
        "reference": reference or "-",
    }


def fetch(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A page, or an address that carries something out."""
    url = URL.search(clause)
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


def ask(clause: str, fill: Fill) -> dict[str, Any] | None:
    """A message to another agent."""
    found = _AGENT.search(clause)
    if found is None:
        return None
    if found["name"].casefold() not in _AGENTS and not re.search(r"\bagents?\b", found[0][:80], re.IGNORECASE):
        return None
    if found["name"].casefold() in {"me", "us", "the", "them", "him", "her", "user", "customer", "it"}:
        return None
    return {"name": found["name"], "message": one(QUOTED.search(found["what"])) or found["what"].strip()}
