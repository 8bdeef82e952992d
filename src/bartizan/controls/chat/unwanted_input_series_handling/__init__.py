"""Unwanted input series handling: inputs judged together, over a caller, a session and all callers."""

from __future__ import annotations

from bartizan.controls.chat.unwanted_input_series_handling.series import UnwantedInputSeriesHandling

__all__ = ["UnwantedInputSeriesHandling"]
