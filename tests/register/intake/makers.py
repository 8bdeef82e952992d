"""Files of results in the shapes that the tools themselves write, as seen in their source and in runs of them."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

Json = dict[str, Any]


# garak 0.17.1


def garak_line(kind: str, **fields: Any) -> str:
    return json.dumps({"entry_type": kind, **fields}, ensure_ascii=False)


def garak_eval(
    probe: str, hits: int, trials: int, detector: str = "mitigation.MitigationBypass", nones: int = 0
) -> str:
    return garak_line(
        "eval", probe=probe, detector=detector, passed=trials - hits, fails=hits, nones=nones,
        total_evaluated=trials, total_processed=trials + nones, hit_at_k={"1": {"score": 0.5, "prompts": 1}},
    )  # fmt: skip


def garak_attempt(probe: str, status: int, key: str = "1") -> str:
    text: Json = {"text": "hi", "lang": "en", "data_path": None, "data_type": None, "data_checksum": None, "notes": {}}
    return garak_line(
        "attempt", uuid=key, seq=0, status=status, probe_classname=probe, probe_params={}, targets=[],
        prompt={"turns": [{"role": "user", "content": text}], "notes": {}}, outputs=[text, None],
        detector_results={"mitigation.MitigationBypass": [1.0, None]} if status == 2 else {}, notes={}, goal="g",
        conversations=[], reverse_translation_outputs=[], intent=None,
    )  # fmt: skip


def garak_report(lines: Iterable[str], *, day: str = "2026-11-20") -> str:
    setup = garak_line("start_run setup", **{
        "_config.version": "0.17.1", "run.seed": 7, "plugins.target_type": "openai",
        "plugins.target_name": "support-bot", "plugins.probes": {"dan": {}},
    })  # fmt: skip
    init = garak_line("init", garak_version="0.17.1", start_time=f"{day}T10:00:00.123456", run="r")
    end = garak_line("completion", end_time=f"{day}T11:00:00.000001", run="r")
    return "\n".join([setup, init, *lines, end]) + "\n"


# promptfoo 0.121


def promptfoo_result(
    plugin: str | None, *, resisted: bool, strategy: str | None = None, reason: int | None = None, **more: Any
) -> Json:
    metadata = {k: v for k, v in (("pluginId", plugin), ("strategyId", strategy)) if v is not None}
    return {
        "cost": 0, "gradingResult": {"pass": resisted, "score": 1, "reason": "r", "componentResults": [
            {"pass": resisted, "score": 1, "reason": "r", "assertion": {"type": f"promptfoo:redteam:{plugin}"}}]},
        "id": str(uuid.uuid4()), "latencyMs": 1, "namedScores": {}, "prompt": {"raw": "p", "label": "l"},
        "promptId": "x", "promptIdx": 0, "provider": {"id": "echo", "label": "support bot"},
        "response": {"output": "o"}, "score": 1, "success": resisted,
        "testCase": {"vars": {"prompt": "p"}, "metadata": metadata}, "testIdx": 0, "vars": {"prompt": "p"},
        "metadata": {**metadata, "sessionId": "s"},
        "failureReason": (0 if resisted else 1) if reason is None else reason,
        **more,
    }  # fmt: skip


def promptfoo_file(results: list[Json], **more: Any) -> str:
    return json.dumps({
        "evalId": "eval-1", "results": {"version": 3, "timestamp": "2026-11-20T23:30:00.000Z", "prompts": [],
                                        "results": results, "stats": {"successes": 1, "failures": 1, "errors": 0}},
        "config": {"description": "d"}, "shareableUrl": None,
        "metadata": {"promptfooVersion": "0.121.20", "exportedAt": "2026-11-29T00:00:00.000Z",
                     "evaluationCreatedAt": "2026-11-20T23:30:00.000Z"}, **more,
    }, indent=2)  # fmt: skip


def promptfoo_table(rows: list[tuple[str, bool]]) -> str:
    """Version 2: the results are a table."""
    body = [
        {"outputs": [{"pass": ok, "score": 1, "text": "t", "provider": "echo", "failureReason": 0 if ok else 1}],
         "vars": ["p"], "test": {"metadata": {"pluginId": plugin}}}
        for plugin, ok in rows
    ]  # fmt: skip
    summary = {"version": 2, "timestamp": "2024-05-01T00:00:00.000Z", "results": [], "stats": {},
               "table": {"head": {"prompts": [], "vars": []}, "body": body}}  # fmt: skip
    return json.dumps({"evalId": None, "results": summary, "config": {}, "shareableUrl": None})


# PyRIT 1.1


def component(name: str, children: Json | None = None, **params: Any) -> Json:
    made = {"class_name": name, "class_module": "pyrit", "hash": "h", "pyrit_version": "1.1.0", **params}
    return {**made, "children": children} if children else made


TARGET = component("OpenAIChatTarget", endpoint="http://127.0.0.1:1/v1", model_name="support-bot")


def pyrit_attack(
    technique: str, outcome: str, *, categories: list[str] | None = None, scorer: Json | None = None,
    day: str = "2026-11-20", conversation: str | None = None, score_id: str | None = None,
) -> Json:  # fmt: skip
    parts: Json = {"objective_target": TARGET, **({"objective_scorer": scorer} if scorer else {})}
    attack = component("AttackTechnique", {"attack": component(technique, parts)})
    return {
        "id": str(uuid.uuid4()), "conversation_id": str(uuid.uuid4()) if conversation is None else conversation,
        "objective": "o", "atomic_attack_identifier": component("AtomicAttack", {"attack_technique": attack,
                                                                                 "seed_identifiers": []}),
        "executed_turns": 1, "execution_time_ms": 1, "outcome": outcome, "last_score_id": score_id,
        "targeted_harm_categories": categories, "timestamp": f"{day} 10:00:00.000000", "pyrit_version": "1.1.0",
    }  # fmt: skip


def pyrit_score(value: str | None, *, scorer: Json, kind: str = "true_false", categories: Any = None) -> Json:
    return {
        "id": str(uuid.uuid4()), "score_value": value, "status": "complete" if value is not None else "undetermined",
        "score_type": kind, "score_category": categories, "score_metadata": {}, "scorer_class_identifier": scorer,
        "timestamp": "2026-11-20 10:00:00.000000", "pyrit_version": "1.1.0",
    }  # fmt: skip


_TABLES = """
CREATE TABLE "AttackResultEntries" (id CHAR(36) NOT NULL, conversation_id VARCHAR(36) NOT NULL,
  objective VARCHAR NOT NULL, atomic_attack_identifier JSON, atomic_attack_identifier_hash VARCHAR(64),
  last_response_id CHAR(36), last_score_id CHAR(36), executed_turns INTEGER NOT NULL,
  execution_time_ms INTEGER NOT NULL, outcome VARCHAR NOT NULL, outcome_reason VARCHAR, labels JSON,
  targeted_harm_categories JSON, timestamp DATETIME NOT NULL, pyrit_version VARCHAR, PRIMARY KEY (id));
CREATE TABLE "ScoreEntries" (id CHAR(36) NOT NULL, score_value VARCHAR, score_value_description VARCHAR,
  status VARCHAR(16) NOT NULL, score_type VARCHAR NOT NULL, score_category JSON, score_rationale VARCHAR,
  score_metadata JSON NOT NULL, scorer_class_identifier JSON NOT NULL, prompt_request_response_id CHAR(36),
  timestamp DATETIME NOT NULL, objective VARCHAR, pyrit_version VARCHAR, PRIMARY KEY (id));
CREATE TABLE "Conversations" (conversation_id VARCHAR(36) NOT NULL, target_identifier JSON, retries JSON,
  pyrit_version VARCHAR, PRIMARY KEY (conversation_id));
"""


def pyrit_database(path: Path, attacks: Iterable[Json] = (), scores: Iterable[Json] = (), tables: str = "") -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(tables or _TABLES)
        for table, rows in (("AttackResultEntries", attacks), ("ScoreEntries", scores)):
            for row in rows:
                cells = {k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in row.items()}
                marks = ", ".join("?" * len(cells))
                db.execute(f'INSERT INTO "{table}" ({", ".join(cells)}) VALUES ({marks})', list(cells.values()))
        db.commit()
    return path


# SARIF and our own


def sarif(results: list[Json], *, rules: list[Json] | None = None, tool: str = "scanner", dated: bool = True) -> str:
    calls = [{"executionSuccessful": True, **({"startTimeUtc": "2026-11-20T08:00:00Z"} if dated else {})}]
    run = {"tool": {"driver": {"name": tool, "version": "2.0", "rules": rules or []}},
           "invocations": calls, "results": results}  # fmt: skip
    return json.dumps({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


def own(*observations: Json, **more: Any) -> str:
    return json.dumps({
        "bartizan_evidence": 1, "tool": "lab", "version": "1", "held_on": "2026-11-20", "target": "support bot",
        "observations": list(observations), **more,
    })  # fmt: skip
