"""Attacks on agents: what they do with their tools, their memory and each other, when somebody else's text steers."""

from __future__ import annotations

from bartizan.attacks.chat.agent.approvals import ApprovalFatigue, BatchApproval, ExcessiveAgency
from bartizan.attacks.chat.agent.framings import ConfusedDeputy, Exfiltration, GoalHijack, Propagation, ToolTampering
from bartizan.attacks.chat.agent.memory_poisoning import MemoryByContent, MemoryPlanted, MemoryTold
from bartizan.attacks.chat.agent.message_forging import ForgedAgent, ForgedRoles, ForgedToolCall, ForgedToolResult
from bartizan.attacks.chat.agent.runaway import RunawayLoop
from bartizan.attacks.chat.agent.sandbox import CommandEscape, PathEscape
from bartizan.attacks.chat.family import ChatAttack

AGENT_ATTACKS: tuple[type[ChatAttack], ...] = (
    ToolTampering,
    ConfusedDeputy,
    GoalHijack,
    Exfiltration,
    Propagation,
    MemoryPlanted,
    MemoryTold,
    MemoryByContent,
    ForgedToolResult,
    ForgedToolCall,
    ForgedRoles,
    ForgedAgent,
    PathEscape,
    CommandEscape,
    RunawayLoop,
    ApprovalFatigue,
    BatchApproval,
    ExcessiveAgency,
)
"""All of them."""
