"""axe-core over a page: what it finds against WCAG 2.2 AA, one line each."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


_AT_REST = """() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .dragged')
    && document.getAnimations().every((one) => one.playState !== 'running')"""
"""What is pale only while an answer is on its way is no finding."""


def violations(page: Page, only: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with a page once it is at rest, each as `rule: what (where)`; empty where nothing is.

    `only` names rules to look at in place of all.
    """
    for _ in range(100):  # asked again and again from here: the pages' policy lets nothing wait inside them
        if page.evaluate(_AT_REST):
            break
        page.wait_for_timeout(50)
    page.evaluate(AXE_SCRIPT)
    asked = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": list(_RULES)}
    rules = {} if only else {"target-size": {"enabled": True}}
    run = "(asked) => axe.run(document, {...asked, resultTypes: ['violations']})"
    found = page.evaluate(run, {"runOnly": asked, "rules": rules})
    return [
        f"{one['id']}: {one['help']} ({' '.join(map(str, node['target']))})"
        for one in found["violations"]
        for node in one["nodes"]
    ]
