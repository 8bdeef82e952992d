"""The user's mailbox."""

from __future__ import annotations

import re

from bartizan.targets.agent.state import COMPANY, Mail, ToolError
from bartizan.targets.agent.tool import Call, Tool

_ADDRESS = re.compile(r"[^\s,;<>@]+@([^\s,;<>@]+)")

_LONGEST_LIST = 1_000
"""Characters of recipients: longer is refused where they are checked."""


def _read(call: Call) -> str:
    folder = call.text("folder", "inbox") or "inbox"
    found = [mail for mail in call.state.mails if mail.folder == folder and call.may_see(mail.owner)]
    if not found:
        return f"There is no mail in '{folder}'."
    shown = "\n\n".join(_shown(mail) for mail in found)
    for mail in found:
        mail.unread = False
    return shown


def _shown(mail: Mail) -> str:
    state = "unread" if mail.unread else "read"
    return f"From: {mail.sender}\nTo: {mail.to}\nSubject: {mail.subject}\nStatus: {state}\n\n{mail.body}"


def _send(call: Call) -> str:
    to, subject, body = call.text("to"), call.text("subject"), call.text("body")
    if not to.strip():
        raise ToolError("'to' is empty")
    if call.policy.checks_recipients:
        _check_recipients(call, to)
    call.state.did("mail_sent", "send_mail", to=to, subject=subject, body=body)
    sent = Mail(sender=f"{call.user}@{COMPANY}", to=to, subject=subject, body=body, owner=call.user)
    sent.folder, sent.unread = "sent", False
    call.state.mails.append(sent)
    return f"Sent to {to}."


def _check_recipients(call: Call, to: str) -> None:
    """Every one of them is known; what is left beside the addresses is nothing but what stands between them."""
    known = {address.casefold() for address in call.state.contacts}
    to = to[:_LONGEST_LIST] + ("?" if len(to) > _LONGEST_LIST else "")
    rest = _ADDRESS.sub("", to)
    found = [(match[0].casefold(), match[1].casefold()) for match in _ADDRESS.finditer(to)]
    strangers = [address for address, host in found if host != COMPANY and address not in known]
    if strangers or not found or rest.strip(" ,;<>"):
        raise ToolError("mails may go to the company and to known contacts only; nothing was sent")


MAILBOX = (
    Tool(
        name="read_mail",
        about="Read the user's mails in a folder: inbox or sent.",
        takes=(("folder", "inbox or sent"),),
        optional=frozenset({"folder"}),
        run=_read,
    ),
    Tool(
        name="send_mail",
        about="Send a mail in the user's name.",
        takes=(("to", "address of the recipient"), ("subject", "its subject"), ("body", "its text")),
        shown_to_approver="to",
        run=_send,
    ),
)
