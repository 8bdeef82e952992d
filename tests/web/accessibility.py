"""axe-core over a page: what it finds against WCAG 2.2 AA, one line each."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def violations(page: Page) -> list[str]:
    """What is wrong with a page as it stands, each as `rule: what (where)`; empty where nothing is."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "(tags) => axe.run(document, {runOnly: tags, rules: {'target-size': {enabled: true}}})", list(_RULES)
    )
    return [
        f"{one['id']}: {one['help']} ({' '.join(map(str, node['target']))})"
        for one in found["violations"]
        for node in one["nodes"]
    ]
