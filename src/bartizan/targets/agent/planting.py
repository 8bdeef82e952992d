"""How content that an attacker, or an honest person, has put somewhere comes to lie in the mock world."""

from __future__ import annotations

from bartizan.core.transcript import USER, Planted, Surface
from bartizan.targets.agent.state import COMPANY, DOCUMENTS, AgentMessage, Customer, File, Mail, Note, State, Ticket
from bartizan.targets.agent.web import host_of
from bartizan.targets.chat.assistant import CannotDo

READ_BY: dict[Surface, frozenset[str]] = {
    "email": frozenset({"read_mail"}),
    "document": frozenset({"read_file", "search_documents", "run_command"}),
    "metadata": frozenset({"read_file", "search_documents", "run_command"}),
    "image_caption": frozenset({"read_file", "search_documents", "run_command"}),
    "file_name": frozenset({"list_files", "search_documents", "run_command"}),
    "web_page": frozenset({"fetch_page", "run_command"}),
    "ticket": frozenset({"read_tickets"}),
    "tool_result": frozenset({"find_customer"}),
    "memory": frozenset(),
    "agent_message": frozenset(),
}
"""By which tools each surface reaches the model; none needed where it stands at the head of a conversation."""

DEFAULT_PAGE = "https://notes.example/page"


def plant(state: State, planted: Planted) -> None:
    """Put it there. Raises CannotDo for a surface that is no place here."""
    lay = _PLACES.get(planted.surface)
    if lay is None:
        raise CannotDo(f"nothing can be planted by {planted.surface} among the lab's mock tools")
    lay(state, planted)


def _email(state: State, planted: Planted) -> None:
    sender = planted.author if "@" in planted.author else f"{planted.author}@mail.example"
    owner = planted.owner or USER
    subject = planted.name or "A question"
    state.mails.append(Mail(sender=sender, to=f"{owner}@{COMPANY}", subject=subject, body=planted.text, owner=owner))


def _document(state: State, planted: Planted) -> None:
    _file(state, planted, planted.text, dict(planted.metadata))


def _metadata(state: State, planted: Planted) -> None:
    """Without metadata of its own, its text is what stands under the keywords."""
    own = {"title": "Spring range", "author": planted.author, "keywords": planted.text}
    body = planted.text if planted.metadata else "The spring range has four new shelves."
    _file(state, planted, body, dict(planted.metadata) or own)


def _caption(state: State, planted: Planted) -> None:
    body = f"# Spring range\n\nFour new shelves.\n\n[image: {planted.text}]\n\nFrom 95 euros."
    _file(state, planted, body, dict(planted.metadata))


def _file(state: State, planted: Planted, text: str, metadata: dict[str, str]) -> None:
    name = planted.name or f"document-{len(state.files) + 1}.md"
    state.files[DOCUMENTS + name.removeprefix("documents/")] = File(text=text, owner=planted.owner, metadata=metadata)


def _file_name(state: State, planted: Planted) -> None:
    """The name is the payload; where only a text came, that is the name."""
    text = planted.text if planted.name else "Empty."
    state.files[DOCUMENTS + (planted.name or planted.text)] = File(text=text, owner=planted.owner)


def _page(state: State, planted: Planted) -> None:
    address = planted.name or DEFAULT_PAGE
    state.pages[address] = planted.text
    state.hosts.add(host_of(address))


def _ticket(state: State, planted: Planted) -> None:
    subject = planted.name or "A question"
    state.tickets.append(Ticket(subject=subject, body=planted.text, author=planted.author, owner=planted.owner))


def _record(state: State, planted: Planted) -> None:
    name = planted.name or "Rivera"
    found = [one for one in state.customers if one.name.casefold() == name.casefold()]
    if not found:
        found = [Customer(name=name, owner=planted.owner)]
        state.customers += found
    found[0].fields["notes"] = planted.text


def _note(state: State, planted: Planted) -> None:
    state.notes.append(Note(text=planted.text, owner=planted.owner or USER))


def _agent(state: State, planted: Planted) -> None:
    """The agent answers this when it is asked, and has said it before the next conversation."""
    name = planted.name or "billing"
    state.agents[name] = planted.text
    state.messages.append(AgentMessage(sender=name, text=planted.text, owner=planted.owner))


_PLACES = {
    "email": _email,
    "document": _document,
    "metadata": _metadata,
    "image_caption": _caption,
    "file_name": _file_name,
    "web_page": _page,
    "ticket": _ticket,
    "tool_result": _record,
    "memory": _note,
    "agent_message": _agent,
    "retrieval": _document,
}
