"""The tables of the register: the one description of what is stored. Days and moments are ISO 8601 text in UTC.

A table that people edit has `revision`, which every change raises: who saves says which revision they read, and is told
when somebody else was quicker. Values that are read whole and never searched are JSON in a text column.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

DAY = 10
MOMENT = 32
NAME = 200


def _day(name: str) -> Column[str]:
    return Column(name, String(DAY), nullable=False, server_default="")


def _moment(name: str) -> Column[str]:
    return Column(name, String(MOMENT), nullable=False, server_default="")


def _words(name: str) -> Column[str]:
    return Column(name, String(NAME), nullable=False, server_default="")


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default="0")


def _system() -> Column[str]:
    return Column("system", String(NAME), ForeignKey("systems.id"), primary_key=True)


systems = Table(
    "systems",
    metadata,
    Column("id", String(NAME), primary_key=True),
    _words("name"),
    _words("owner"),
    _text("about"),
    _flag("archived"),
    _number("version"),
    _number("edition"),
    _day("assessed_on"),
    _number("risks"),
    _number("above_appetite"),
    _number("untreated"),
    _number("undecided"),
    _number("worst"),
    _day("review_due"),
    _moment("created_at"),
    _number("revision"),
    Index(None, "archived", "worst", "id"),
    Index(None, "archived", "name", "id"),
)
"""A system with what its newest assessment came to, so that a portfolio of thousands is one query."""

versions = Table(
    "versions",
    metadata,
    _system(),
    Column("number", Integer, primary_key=True),
    _text("description"),
    _words("digest"),
    _moment("at"),
    _words("by"),
    _text("note"),
)
"""Descriptions as they were handed in: the text of `system.yaml`, and the digest of what it says."""

assessments = Table(
    "assessments",
    metadata,
    _system(),
    Column("number", Integer, primary_key=True),
    _number("version"),
    _number("edition"),
    _day("today"),
    _words("catalog_digest"),
    Column("content", LargeBinary, nullable=False),
    _number("risks"),
    _number("above_appetite"),
    _number("worst"),
    _text("levels"),
    _moment("at"),
    _words("by"),
    Index("ix_assessments_trend", "system", "number", "today", "risks", "above_appetite"),
)
"""Assessments as they were made: compressed JSON, and the counts from which a trend is drawn."""

risks = Table(
    "risks",
    metadata,
    _system(),
    Column("number", Integer, primary_key=True),
    _words("risk"),
    _words("threat"),
    _words("component"),
    _words("name"),
    _words("label"),
    Column("state", String(16), nullable=False, server_default="open"),
    _text("state_why"),
    _words("owner"),
    _words("party"),
    _number("inherent_likelihood"),
    _number("inherent_impact"),
    _number("inherent_level"),
    _number("current_likelihood"),
    _number("current_impact"),
    _number("current_level"),
    _number("residual_likelihood"),
    _number("residual_impact"),
    _number("residual_level"),
    _flag("above_appetite"),
    Column("treatment", String(16), nullable=False, server_default=""),
    _day("review_due"),
    _day("first_seen"),
    _day("last_seen"),
    _moment("last_changed"),
    _number("revision"),
    Column(
        "search",
        Text,
        Computed("substr(lower(name || ' ' || label || ' ' || risk || ' ' || owner), 1, 400)", persisted=True),
    ),
    CheckConstraint("state in ('open', 'gone', 'undecided')", name="state"),
    Index("uq_risks_system_risk", "system", "risk", unique=True),
    Index(None, "state", "current_likelihood", "current_impact", "system"),
    Index(None, "threat", "state"),
)
"""A risk keeps its number for life; `risk` (threat@component) follows the component through `renamed_from`.

The database makes `search` itself. It ends where every index can still hold it.
"""

Index(
    "ix_risks_worst",
    risks.c.state,
    risks.c.current_level.desc(),
    risks.c.system,
    risks.c.number,
    risks.c.search,
)
"""The order in which risks are searched, with the text, so that a search reads nothing else."""

decisions = Table(
    "decisions",
    metadata,
    _system(),
    Column("number", Integer, primary_key=True),
    Column("risk_number", Integer, nullable=False),
    Column("treatment", String(16), nullable=False),
    _text("reason"),
    _words("by"),
    _day("on"),
    _words("owner"),
    _day("due"),
    _day("until"),
    Column("state", String(16), nullable=False),
    _words("requested_by"),
    _moment("requested_at"),
    _words("settled_by"),
    _moment("settled_at"),
    _text("settled_why"),
    _text("bound"),
    _words("digest"),
    _number("revision"),
    CheckConstraint("treatment in ('mitigate', 'transfer', 'avoid', 'accept')", name="treatment"),
    CheckConstraint("state in ('requested', 'held', 'rejected', 'lapsed', 'withdrawn', 'replaced')", name="state"),
    ForeignKeyConstraint(["system", "risk_number"], ["risks.system", "risks.number"], name="fk_decisions_risk"),
    Index(None, "system", "risk_number", "state"),
    Index(None, "state", "until"),
)
"""Treatments. An acceptance is `requested` by one person and `held` once another approved it, bound to `digest`."""

controls = Table(
    "controls",
    metadata,
    _system(),
    Column("control", String(NAME), primary_key=True),
    Column("component", String(NAME), primary_key=True, server_default=""),
    Column("status", String(16), nullable=False),
    _text("reason"),
    _words("owner"),
    _day("due"),
    _words("changed_by"),
    _moment("changed_at"),
    _number("revision"),
)
"""How far a control is, wherever that is said in the register; it wins over what the description declares."""

evidence = Table(
    "evidence",
    metadata,
    _system(),
    Column("number", Integer, primary_key=True),
    Column("risk_number", Integer),
    _words("control"),
    _words("component"),
    _text("content"),
    _words("what"),
    _day("held_on"),
    _day("valid_until"),
    _flag("withdrawn"),
    _text("withdrawn_why"),
    _words("recorded_by"),
    _moment("recorded_at"),
    _number("revision"),
    ForeignKeyConstraint(["system", "risk_number"], ["risks.system", "risks.number"], name="fk_evidence_risk"),
    Index(None, "system", "risk_number"),
    Index(None, "withdrawn", "valid_until"),
)
"""Observations; `content` is the whole `Evidence` as JSON, the other columns are what is searched."""

attachments = Table(
    "attachments",
    metadata,
    _system(),
    Column("evidence_number", Integer, primary_key=True),
    Column("digest", String(64), primary_key=True),
    _words("name"),
    _words("media_type"),
    _number("size"),
    Column("content", LargeBinary, nullable=False),
    _words("added_by"),
    _moment("added_at"),
    ForeignKeyConstraint(
        ["system", "evidence_number"], ["evidence.system", "evidence.number"], name="fk_attachments_evidence"
    ),
)

suppliers = Table(
    "suppliers",
    metadata,
    Column("id", String(NAME), primary_key=True),
    _words("name"),
    _words("contact"),
    _text("note"),
    _number("revision"),
)

supplier_answers = Table(
    "supplier_answers",
    metadata,
    _system(),
    Column("supplier", String(NAME), ForeignKey("suppliers.id"), primary_key=True),
    Column("control", String(NAME), primary_key=True),
    _text("question"),
    Column("state", String(16), nullable=False, server_default="open"),
    _text("answer"),
    _day("sent_on"),
    _day("answered_on"),
    _day("verified_on"),
    _day("valid_until"),
    Column("meanwhile", String(16), nullable=False, server_default=""),
    _text("meanwhile_why"),
    _words("changed_by"),
    _moment("changed_at"),
    _number("revision"),
    CheckConstraint("state in ('open', 'sent', 'answered', 'verified', 'refused', 'settled')", name="state"),
    CheckConstraint("meanwhile in ('', 'accept', 'mitigate', 'avoid')", name="meanwhile"),
    Index(None, "supplier", "state"),
    Index(None, "state", "valid_until"),
)
"""One question to one supplier about one control; `meanwhile` is what is done while it is open."""

reviews = Table(
    "reviews",
    metadata,
    _system(),
    Column("number", Integer, primary_key=True),
    Column("risk_number", Integer),
    _words("kind"),
    _text("why"),
    _day("due"),
    _words("owner"),
    _words("done_by"),
    _moment("done_at"),
    _text("outcome"),
    _number("revision"),
    Index(None, "done_at", "due"),
    Index(None, "system", "done_at"),
)
"""Dates on which somebody shall look again. What becomes due by itself is worked out, not stored."""

comments = Table(
    "comments",
    metadata,
    _system(),
    Column("number", Integer, primary_key=True),
    Column("risk_number", Integer),
    _text("text"),
    _words("by"),
    _moment("at"),
    Index(None, "system", "risk_number"),
)

events = Table(
    "events",
    metadata,
    _system(),
    Column("number", Integer, primary_key=True),
    Column("risk_number", Integer),
    _words("kind"),
    _text("what"),
    _number("count"),
    _moment("at"),
    _words("source"),
    _moment("seen_at"),
    Index(None, "system", "seen_at"),
)
"""What happened to the running system: blocked requests, incidents, alarms."""

components = Table(
    "components",
    metadata,
    _system(),
    Column("component", String(NAME), primary_key=True),
    _words("kind"),
    _words("label"),
    _words("supplier"),
    _text("digests"),
    Index(None, "kind", "label"),
    Index(None, "supplier", "system"),
)
"""The parts of each system by its newest description, so that the same model or supplier is found across systems."""

interviews = Table(
    "interviews",
    metadata,
    Column("id", String(NAME), primary_key=True),
    _words("system"),
    _words("name"),
    _text("steps"),
    _words("by"),
    _moment("at"),
    _flag("finished"),
    _number("revision"),
    Index(None, "finished", "at"),
)
"""Interviews under way: the answers so far, saved at each."""

users = Table(
    "users",
    metadata,
    Column("id", String(NAME), primary_key=True),
    _words("name"),
    _words("email"),
    Column("password", String(NAME), nullable=False, server_default=""),
    _words("oidc_subject"),
    _flag("disabled"),
    _flag("notify"),
    _moment("created_at"),
    _moment("last_seen"),
    _number("revision"),
    Index("ix_users_oidc", "oidc_subject"),
)
"""People who log in; `password` is an argon2id hash, empty where they log in elsewhere."""

grants = Table(
    "grants",
    metadata,
    Column("user", String(NAME), ForeignKey("users.id"), primary_key=True),
    Column("system", String(NAME), primary_key=True, server_default=""),
    Column("role", String(16), nullable=False),
    CheckConstraint("role in ('viewer', 'assessor', 'approver', 'administrator')", name="role"),
)
"""Roles; an empty system means all of them."""

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("user", String(NAME), ForeignKey("users.id"), nullable=False),
    _moment("created_at"),
    _moment("last_seen"),
    _moment("expires_at"),
    _words("agent"),
    Index(None, "user"),
)
"""Who is logged in; only the SHA-256 of a session's secret is kept."""

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("user", String(NAME), ForeignKey("users.id"), nullable=False),
    _words("name"),
    Column("role", String(16), nullable=False),
    Column("system", String(NAME), nullable=False, server_default=""),
    _moment("created_at"),
    _moment("expires_at"),
    _moment("last_used"),
    _moment("revoked_at"),
    Index(None, "user"),
)
"""Keys for the API: never more than their user may, kept as SHA-256 only."""

links = Table(
    "links",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("purpose", String(16), nullable=False),
    _words("user"),
    _moment("expires_at"),
    _moment("used_at"),
)
"""Links that work once: for the first administrator, an invitation, a new password."""

attempts = Table(
    "attempts",
    metadata,
    Column("key", String(NAME), primary_key=True),
    _number("failures"),
    _moment("blocked_until"),
    _moment("last_at"),
)
"""Failed logins by name and by address, from which waiting times follow."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    _words("kind"),
    _text("arguments"),
    Column("state", String(16), nullable=False, server_default="waiting"),
    _number("done"),
    _number("total"),
    _text("message"),
    _text("result"),
    _words("by"),
    _moment("created_at"),
    _moment("started_at"),
    _moment("finished_at"),
    CheckConstraint("state in ('waiting', 'running', 'done', 'failed', 'stopped')", name="state"),
    Index(None, "state", "created_at"),
)
"""Long work: what it is to do, how far it is; it goes on after a restart."""

outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    _words("channel"),
    _words("recipient"),
    _words("subject"),
    _text("body"),
    _words("key"),
    _moment("created_at"),
    _moment("sent_at"),
    _number("tries"),
    _moment("next_at"),
    _text("error"),
    Index(None, "sent_at", "next_at"),
    Index("uq_outbox_key", "key", unique=True),
)
"""Messages to people that are still to be sent, or were; `key` keeps one occasion from being told twice."""

settings = Table(
    "settings",
    metadata,
    Column("key", String(NAME), primary_key=True),
    _text("value"),
    _number("revision"),
)

replays = Table(
    "replays",
    metadata,
    Column("key", String(64), primary_key=True),
    _words("request"),
    _number("status"),
    _text("body"),
    _moment("at"),
    Index(None, "at"),
)
"""Answers to writes that carried an idempotency key, so that a repeated one is answered and not done again."""

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("body", Text, nullable=False),
    _words("system"),
    _text("subject"),
    Index(None, "system", "seq"),
    Index(None, "subject", "seq"),
)
"""The chain: `body` is canonical JSON, `hash` covers it and the hash before. The rest repeats parts of `body`."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    _moment("at"),
    _text("key"),
    _text("signature"),
    _text("timestamp"),
)
"""Signed statements that the chain reached this entry with this hash."""
