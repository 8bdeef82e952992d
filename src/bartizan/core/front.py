"""Settings of a control, each with what it buys and costs, and which of them are worth choosing from."""

from __future__ import annotations

import msgspec

from bartizan.core.measurement import Rate


class Appetite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is acceptable. None: no matter."""

    success: float | None = None
    """The most that an attack may succeed, as a share: the upper end of the interval must lie below it."""
    accuracy_loss: float | None = None
    """The most accuracy that may be lost, as a share."""
    latency_ms: float | None = None
    """The most milliseconds that a single answer may take."""

    def __str__(self) -> str:
        parts = (
            f"attacks succeed in at most {100 * self.success:g} %" if self.success is not None else "",
            f"at most {100 * self.accuracy_loss:g} points of accuracy lost" if self.accuracy_loss is not None else "",
            f"at most {self.latency_ms:g} ms an answer" if self.latency_ms is not None else "",
        )
        return ", ".join(filter(None, parts)) or "nothing is stated"


class Setting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One setting of a control, or the target without it."""

    label: str
    """The parameters that are swept: ``sigma=0.1``; 'without' for none."""
    control: str = ""
    """The control with all its parameters; empty for none."""
    success: Rate
    """The worst of all attacks, sample by sample."""
    accuracy: Rate
    latency_ms: float
    seeds: tuple[int, ...] = ()
    on_front: bool = False
    """No other setting is better in one respect and at least as good in the others."""
    meets: bool = False
    """Whether it meets what was stated."""
    masks_gradients: str = ""


class Front(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sweep of one control: what to choose from, and what is recommended."""

    control: str
    rig: str
    attacks: tuple[str, ...]
    limit: str
    appetite: Appetite
    settings: tuple[Setting, ...]
    """In the order of the sweep; the target without the control first."""
    recommended: str = ""
    """The label of the setting that is recommended; empty where none meets what was stated."""
    why: str = ""
    held_on: str = ""
    versions: dict[str, str] = {}
    digests: dict[str, str] = {}
