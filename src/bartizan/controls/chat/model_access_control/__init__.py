"""Model access control: who is asking, by key, token or certificate, and whether they may use this model."""

from __future__ import annotations

from bartizan.controls.chat.model_access_control.access import Anonymous, ModelAccessControl
from bartizan.controls.chat.model_access_control.agents import AgentGrant, issue_agent_token
from bartizan.controls.chat.model_access_control.certificates import ClientCertificates
from bartizan.controls.chat.model_access_control.issuers import Issuer
from bartizan.controls.chat.model_access_control.keys import KeyEntry, NewKey, new_key

__all__ = [
    "AgentGrant",
    "Anonymous",
    "ClientCertificates",
    "Issuer",
    "KeyEntry",
    "ModelAccessControl",
    "NewKey",
    "issue_agent_token",
    "new_key",
]
