"""Input validation against denial of service: what would cost out of proportion is refused before it costs."""

from __future__ import annotations

from bartizan.controls.chat.dos_input_validation.validation import DosInputValidation

__all__ = ["DosInputValidation"]
