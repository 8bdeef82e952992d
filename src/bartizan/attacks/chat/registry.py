"""All attacks on chat targets."""

from __future__ import annotations

from bartizan.attacks.chat.direct import AsWritten, Plain
from bartizan.attacks.chat.family import ChatAttack

CHAT_ATTACKS: tuple[type[ChatAttack], ...] = (AsWritten, Plain)
