"""For each route a request, an answer and a stream that use all that the format has."""

from __future__ import annotations

from typing import Any

import msgspec

PNG = "data:image/png;base64,iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "description": "which city"}}}


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A route's."""

    request: dict[str, Any] = {}
    answer: dict[str, Any] = {}
    events: tuple[Any, ...] = ()
    named: bool = False


def _chunk(delta: dict[str, Any], **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, **more}
    return {"id": "c1", "object": "chat.completion.chunk", "model": "m", "system_fingerprint": "f", "choices": [choice]}


_LOGPROBS = {"content": [{"token": "Hi", "logprob": -0.5, "bytes": [72], "top_logprobs": []}]}
CHAT = Example(
    request={
        "model": "m",
        "user": "u1",
        "stop": ["END"],
        "metadata": {"k": "v"},
        "reasoning_effort": "low",
        "messages": [
            {"role": "system", "content": "be kind", "name": "app"},
            {"role": "developer", "content": [{"type": "text", "text": "be brief", "cache_control": {"type": "e"}}]},
            {"role": "user", "content": "and then"},
            {
                "role": "assistant",
                "content": None,
                "refusal": "no way",
                "reasoning_content": "thought about it",
                "audio": {"id": "a1"},
                "tool_calls": [
                    {"id": "k1", "type": "function", "function": {"name": "look", "arguments": '{"q": "old words"}'}},
                    {"id": "k2", "type": "custom", "custom": {"name": "sql", "input": "select one"}},
                ],
            },
            {"role": "tool", "tool_call_id": "k1", "content": "found a page"},
            {"role": "assistant", "function_call": {"name": "old", "arguments": '{"z": "old way"}'}},
            {"role": "function", "name": "old", "content": "old result"},
            {
                "role": "user",
                "name": "jo",
                "content": [
                    {"type": "text", "text": "what is it"},
                    {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
                    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                    {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "a b.pdf"}},
                    {"type": "refusal", "refusal": "not that"},
                    {"type": "new_kind", "new_kind": {"body": ["nested words"]}},
                ],
            },
        ],
        "tools": [
            {"type": "function", "function": {"name": "look", "description": "look it up", "parameters": SCHEMA}},
            {"type": "custom", "custom": {"name": "sql", "description": "run it", "format": {"definition": "a b"}}},
        ],
        "functions": [{"name": "old", "description": "the old form", "parameters": SCHEMA}],
        "tool_choice": {"type": "function", "function": {"name": "look"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA}},
        "prediction": {"type": "content", "content": [{"type": "text", "text": "likely words"}]},
        "web_search_options": {"user_location": {"approximate": {"city": "New York"}}},
        "documents": [{"title": "a title", "text": "a document"}],
    },
    answer={
        "id": "1",
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "logprobs": _LOGPROBS,
                "message": {
                    "role": "assistant",
                    "content": "Hi",
                    "refusal": "not so",
                    "reasoning": "think first",
                    "audio": {"id": "a", "data": "AAAA", "transcript": "spoken words", "expires_at": 1},
                    "annotations": [
                        {"type": "url_citation", "url_citation": {"title": "a page", "url": "https://x.y"}}
                    ],
                    "tool_calls": [
                        {"id": "k", "type": "function", "function": {"name": "look", "arguments": '{"q": "x y"}'}},
                        {"id": "l", "type": "custom", "custom": {"name": "sql", "input": "select two"}},
                    ],
                    "new_words": "something new",
                },
            },
            {"index": 1, "message": {"role": "assistant", "function_call": {"name": "old", "arguments": "{}"}}},
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
        "citations": ["https://a.b/c d"],
    },
    events=(
        _chunk({"role": "assistant", "content": "at once", "reasoning_content": "think first"}),
        _chunk({"content": " and more"}, logprobs=_LOGPROBS),
        _chunk({"refusal": "not so", "new_words": "something new", "details": [{"type": "t", "text": "more of it"}]}),
        _chunk({"audio": {"transcript": "spoken words", "data": "AAAA"}, "annotations": [{"title": "a page"}]}),
        _chunk({"tool_calls": [{"index": 0, "id": "k", "type": "function", "function": {"name": "look"}}]}),
        _chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"q": '}}]}),
        _chunk({"tool_calls": [{"index": 0, "function": {"arguments": '"x y"}'}}]}),
        _chunk({"function_call": {"name": "old", "arguments": '{"z": "1 2"}'}}),
        _chunk({}, finish_reason="stop"),
        {"id": "c1", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}, "notice": "a new field"},
        "[DONE]",
    ),
)
_ITEMS: list[dict[str, Any]] = [
    {
        "id": "rs",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "sum of it"}],
        "content": [{"type": "reasoning_text", "text": "think first"}],
        "encrypted_content": "AAAA",
    },
    {
        "id": "ms",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [
            {
                "type": "output_text",
                "text": "Hi there",
                "annotations": [{"type": "url_citation", "title": "a page"}],
                "logprobs": [{"token": "Hi", "logprob": -0.5}],
            },
            {"type": "refusal", "refusal": "not so"},
        ],
    },
    {"id": "fc", "type": "function_call", "call_id": "k", "name": "look", "arguments": '{"q": "x y"}'},
    {"id": "ct", "type": "custom_tool_call", "call_id": "l", "name": "sql", "input": "select two"},
    {"id": "mc", "type": "mcp_call", "name": "far", "server_label": "s", "arguments": "{}", "output": "far words"},
    {"id": "ws", "type": "file_search_call", "queries": ["what words"], "results": [{"text": "a passage"}]},
]
_RESPONSE = {"id": "resp", "object": "response", "model": "m", "status": "completed", "instructions": "be kind"}


def _at(kind: str, output: int = 1, content: int = 0, **more: Any) -> dict[str, Any]:
    place = {"item_id": "i", "output_index": output, "content_index": content}
    return {"type": f"response.{kind}", "sequence_number": 1, **place, **more}


RESPONSES = Example(
    named=True,
    request={
        "model": "m",
        "instructions": "be kind",
        "previous_response_id": "resp_0",
        "conversation": {"id": "conv"},
        "prompt": {"id": "p", "variables": {"who": "some body"}},
        "input": [
            {"role": "developer", "content": "be brief"},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "and then"}]},
            {"role": "assistant", "content": [{"type": "output_text", "text": "said before", "annotations": []}]},
            {
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": "sum of it"}],
                "encrypted_content": "AA",
            },
            {"type": "function_call", "call_id": "k", "name": "look", "arguments": '{"q": "old words"}'},
            {"type": "function_call_output", "call_id": "k", "output": "found a page"},
            {"type": "function_call_output", "call_id": "k2", "output": [{"type": "input_text", "text": "found b"}]},
            {"type": "file_search_call", "id": "f", "results": [{"text": "a passage"}]},
            {"type": "item_reference", "id": "it"},
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "what is it"},
                    {"type": "input_image", "image_url": PNG},
                    {"type": "input_file", "file_data": "data:application/pdf;base64,AAAA", "filename": "a b.pdf"},
                ],
            },
        ],
        "tools": [
            {"type": "function", "name": "look", "description": "look it up", "parameters": SCHEMA, "strict": True},
            {"type": "web_search", "user_location": {"city": "New York"}},
            {"type": "mcp", "server_label": "s", "server_url": "https://s.example", "headers": {"x": "a key"}},
        ],
        "text": {"format": {"type": "json_schema", "name": "s", "schema": SCHEMA}, "verbosity": "low"},
        "metadata": {"k": "v"},
    },
    answer={**_RESPONSE, "output": _ITEMS, "usage": {"input_tokens": 3, "output_tokens": 2}},
    events=(
        {"type": "response.created", "response": {**_RESPONSE, "status": "in_progress", "output": []}},
        _at("reasoning_summary_part.added", 0, summary_index=0, part={"type": "summary_text", "text": ""}),
        _at("reasoning_summary_text.delta", 0, summary_index=0, delta="sum "),
        _at("reasoning_summary_text.delta", 0, summary_index=0, delta="of it"),
        _at("reasoning_summary_text.done", 0, summary_index=0, text="sum of it"),
        _at("reasoning_text.delta", 0, delta="think first"),
        {"type": "response.output_item.done", "output_index": 0, "item": _ITEMS[0]},
        {"type": "response.output_item.added", "output_index": 1, "item": {"type": "message", "content": []}},
        _at("content_part.added", part={"type": "output_text", "text": "", "annotations": []}),
        _at("output_text.delta", delta="Hi", logprobs=[{"token": "Hi", "logprob": -0.5}], obfuscation="AbC"),
        _at("output_text.delta", delta=" there"),
        _at("output_text.annotation.added", annotation={"type": "url_citation", "title": "a page"}),
        _at("output_text.done", text="Hi there"),
        _at("content_part.done", part={"type": "output_text", "text": "Hi there", "annotations": []}),
        _at("refusal.delta", 1, 1, delta="not so"),
        _at("refusal.done", 1, 1, refusal="not so"),
        {"type": "response.output_item.done", "output_index": 1, "item": _ITEMS[1]},
        {"type": "response.output_item.added", "output_index": 2, "item": {**_ITEMS[2], "arguments": ""}},
        _at("function_call_arguments.delta", 2, delta='{"q": '),
        _at("function_call_arguments.delta", 2, delta='"x y"}'),
        _at("function_call_arguments.done", 2, arguments='{"q": "x y"}'),
        {"type": "response.output_item.done", "output_index": 2, "item": _ITEMS[2]},
        {"type": "response.output_item.done", "output_index": 3, "item": _ITEMS[3]},
        _at("brand_new.delta", 4, delta="a new kind"),
        {"type": "response.brand_new", "saying": "a new thing"},
        {"type": "response.completed", "response": {**_RESPONSE, "output": _ITEMS, "usage": {"input_tokens": 3}}},
    ),
)
COMPLETIONS = Example(
    request={"model": "m", "prompt": ["once upon", "a time"], "suffix": "the end", "user": "u", "new": "a field"},
    answer={
        "id": "1",
        "choices": [{"index": 0, "text": "there was", "logprobs": {"tokens": ["there"]}}],
        "new": "a field",
    },
    events=(
        {"id": "1", "choices": [{"index": 0, "text": "there ", "logprobs": {"tokens": ["there"]}}]},
        {"id": "1", "choices": [{"index": 0, "text": "was", "more": "of it", "finish_reason": "stop"}]},
        "[DONE]",
    ),
)
EMBEDDINGS = Example(
    request={"model": "m", "input": ["one text", "two texts"], "encoding_format": "float", "new": "a field"},
    answer={"object": "list", "model": "m", "data": [{"index": 0, "embedding": [0.5, -1.0]}], "notice": "a word"},
)
MODELS = Example(
    answer={"object": "list", "data": [{"id": "m", "object": "model", "owned_by": "us", "about": "a word"}]}
)
MODEL = Example(answer={"id": "m", "object": "model", "owned_by": "us", "about": "a word"})
_TOOL_USE: dict[str, Any] = {"type": "tool_use", "id": "t1", "name": "look", "input": {"q": "old words"}}
MESSAGES = Example(
    named=True,
    request={
        "model": "m",
        "max_tokens": 10,
        "system": [{"type": "text", "text": "be kind", "cache_control": {"type": "ephemeral"}}],
        "metadata": {"user_id": "u"},
        "messages": [
            {"role": "user", "content": "and then"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "think first", "signature": "AAAA"},
                    {"type": "text", "text": "said before", "citations": [{"cited_text": "a quote"}]},
                    _TOOL_USE,
                    {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "a query"}},
                    {
                        "type": "web_search_tool_result",
                        "tool_use_id": "s1",
                        "content": [{"title": "a page", "url": "u"}],
                    },
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "content": [
                            {"type": "text", "text": "found a page"},
                            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
                            {
                                "type": "search_result",
                                "source": "https://x.y",
                                "title": "a title",
                                "content": [{"type": "text", "text": "a passage"}],
                            },
                        ],
                    },
                    {"type": "tool_result", "tool_use_id": "t2", "content": "found another"},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "what is it"},
                    {"type": "image", "source": {"type": "url", "url": "https://x.y/z.png"}},
                    {
                        "type": "document",
                        "title": "a name",
                        "context": "the context",
                        "source": {"type": "text", "media_type": "text/plain", "data": "a document"},
                    },
                    {
                        "type": "document",
                        "source": {"type": "content", "content": [{"type": "text", "text": "in blocks"}]},
                    },
                    {"type": "document", "source": {"type": "file", "file_id": "f1"}},
                    {"type": "new_kind", "body": {"words": "nested words"}},
                ],
            },
        ],
        "tools": [
            {"name": "look", "description": "look it up", "input_schema": SCHEMA},
            {"type": "web_search_1", "name": "web_search", "user_location": {"city": "New York"}},
        ],
        "mcp_servers": [{"type": "url", "url": "https://s.example", "name": "s", "authorization_token": "a key"}],
        "tool_choice": {"type": "tool", "name": "look"},
        "new": "a field",
    },
    answer={
        "id": "msg",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [
            {"type": "thinking", "thinking": "think first", "signature": "AAAA"},
            {"type": "text", "text": "Hi there", "citations": [{"cited_text": "a quote", "document_title": "a name"}]},
            {"type": "tool_use", "id": "t", "name": "look", "input": {"q": "x y"}},
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"title": "a page"}]},
        ],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 2},
    },
    events=(
        {
            "type": "message_start",
            "message": {"id": "msg", "model": "m", "content": [{"type": "text", "text": "too early"}], "usage": {}},
        },
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "thinking", "thinking": "", "signature": ""},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "think first"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "AAAA"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "at once"}},
        {"type": "ping"},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": " and"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": " more"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "citations_delta", "citation": {"title": "a b"}}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "new_delta", "words": "something new"}},
        {"type": "content_block_stop", "index": 1},
        {"type": "content_block_start", "index": 2, "content_block": {**_TOOL_USE, "input": {}}},
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": ""}},
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '{"q": "x'}},
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": ' y"}'}},
        {"type": "content_block_stop", "index": 2},
        {"type": "content_block_start", "index": 3, "content_block": _TOOL_USE},
        {"type": "content_block_stop", "index": 3},
        {"type": "brand_new", "saying": "a new thing"},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ),
)
COUNT = Example(request=MESSAGES.request, answer={"input_tokens": 12, "notice": "a word"})
_CALL: dict[str, Any] = {"function": {"name": "look", "arguments": {"q": "x y"}}}
OLLAMA_CHAT = Example(
    request={
        "model": "m",
        "messages": [
            {"role": "system", "content": "be kind"},
            {"role": "user", "content": "what is it", "images": ["AAAA"]},
            {"role": "assistant", "content": "", "thinking": "think first", "tool_calls": [_CALL]},
            {"role": "tool", "tool_name": "look", "content": "found a page"},
        ],
        "tools": CHAT.request["tools"][:1],
        "format": SCHEMA,
        "options": {"stop": ["END"], "num_predict": 5},
        "new": "a field",
    },
    answer={
        "model": "m",
        "created_at": "2026-01-01T00:00:00Z",
        "message": {
            "role": "assistant",
            "content": "Hi there",
            "thinking": "think first",
            "tool_calls": [_CALL],
            "n": "a b",
        },
        "done": True,
        "done_reason": "stop",
        "logprobs": [{"token": "Hi"}],
        "eval_count": 2,
        "notice": "a word",
    },
    events=(
        {
            "model": "m",
            "message": {"role": "assistant", "content": "at once", "thinking": "think first"},
            "done": False,
        },
        {
            "model": "m",
            "message": {"content": " and more", "new": "of it"},
            "done": False,
            "logprobs": [{"token": "x"}],
        },
        {"model": "m", "message": {"content": "", "tool_calls": [_CALL]}, "done": False, "notice": "a word"},
        {"model": "m", "message": {"content": "."}, "done": True, "done_reason": "stop", "eval_count": 3},
    ),
)
OLLAMA_GENERATE = Example(
    request={"model": "m", "prompt": "once upon", "suffix": "the end", "system": "be kind", "template": "a {{ . }}"}
    | {"images": ["AAAA"], "format": "json", "new": "a field"},
    answer={
        "model": "m",
        "response": "there was",
        "thinking": "think first",
        "done": True,
        "context": [1, 2],
        "n": "a b",
    },
    events=(
        {"model": "m", "response": "there ", "done": False, "thinking": "think first"},
        {"model": "m", "response": "was", "done": False, "notice": "a word"},
        {"model": "m", "response": "", "done": True, "context": [1, 2], "eval_count": 2},
    ),
)
OLLAMA_EMBED = Example(
    request={"model": "m", "input": ["one text"], "new": "a field"},
    answer={"model": "m", "embeddings": [[0.5, -1.0]], "notice": "a word"},
)
OLLAMA_EMBEDDINGS = Example(
    request={"model": "m", "prompt": "one text"}, answer={"embedding": [0.5, -1.0], "notice": "a word"}
)
TAGS = Example(
    answer={"models": [{"name": "m:1", "model": "m:1", "digest": "ab", "details": {"family": "f", "x": "a b"}}]}
)
SHOW = Example(
    request={"model": "m", "system": "be kind"},
    answer={"license": "you may", "template": "a b", "details": {"family": "f"}},
)

EXAMPLES: dict[str, Example] = {
    "openai.chat": CHAT,
    "openai.responses": RESPONSES,
    "openai.completions": COMPLETIONS,
    "openai.embeddings": EMBEDDINGS,
    "openai.models": MODELS,
    "openai.model": MODEL,
    "anthropic.messages": MESSAGES,
    "anthropic.count_tokens": COUNT,
    "ollama.chat": OLLAMA_CHAT,
    "ollama.generate": OLLAMA_GENERATE,
    "ollama.embed": OLLAMA_EMBED,
    "ollama.embeddings": OLLAMA_EMBEDDINGS,
    "ollama.tags": TAGS,
    "ollama.show": SHOW,
}
"""By the name of the route's format."""
