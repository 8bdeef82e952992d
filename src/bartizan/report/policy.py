"""The policy that every page carries: nothing from outside, and of its own only one style and one script."""

from __future__ import annotations

import base64
import hashlib


def policy(style: str, script: str) -> str:
    """A content security policy that names the page's style and script by their digests and forbids all else."""
    allowed = "; ".join(
        f"{kind} 'sha256-{_digest(text)}'" for kind, text in (("style-src", style), ("script-src", script))
    )
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
