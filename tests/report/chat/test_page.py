"""The page about tests of chat targets: the answer first, nothing of a stranger acts, large results stay a page."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser
from pathlib import Path

from playwright.sync_api import sync_playwright

from bartizan.core.chat_results import Covered, Since
from bartizan.detectors.browser import Chromium
from bartizan.report.chat.page import chat_page
from tests.report.chat.results import breach, nasty, results, run, talk, trial

_FORBIDDEN = set("\x1b\x00\x07\x9b\u202e\u2066\u200b")


class Seen(HTMLParser):
    """The elements of a page, and its text without styles and scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("style", "script"):
            self.text += data


def test_the_first_line_is_the_answer() -> None:
    page = chat_page(results(), None)
    lead = re.search(r'<p class="lead">(.*?)</p>', page)
    assert lead is not None
    assert lead[1] == "1 of 2 goals were reached, in 2 trials. The worst: The goal c."


def test_several_targets_have_one_answer_and_a_table_of_them() -> None:
    seen = Seen(chat_page(results(run(), run(component="b", label="Other", breaches=(), trials=())), None))
    assert "1 of 2 targets lost something to an attacker. Worst off is Desk: 1 of 2 goals" in seen.text
    assert ("a", {"href": "#breaches-0"}) in seen.tags
    assert ("a", {"href": "#use-1"}) in seen.tags


def test_severity_has_a_number_and_a_word_and_is_not_colour_alone() -> None:
    page = chat_page(results(run(breaches=(breach(), breach("n", severity=None)))), None)
    assert '<span class="sev sev4">4 high</span>' in page
    assert '<span class="sev sev0">not stated</span>' in page


def test_a_goal_leads_to_its_steps_and_commands_can_be_copied() -> None:
    page = chat_page(results(), None)
    seen = Seen(page)
    assert ("a", {"href": "#steps-0-0"}) in seen.tags
    assert any(tag == "details" and given.get("id") == "steps-0-0" for tag, given in seen.tags)
    assert "<pre><code>bartizan test system.yaml --case c</code></pre>" in page
    assert page.count('class="take"') == 1


def test_hostile_texts_are_shown_and_do_nothing() -> None:
    page = chat_page(nasty(), None)
    seen = Seen(page)
    assert [tag for tag, _ in seen.tags].count("script") == 1
    assert not [tag for tag, _ in seen.tags if tag in ("img", "b", "iframe")]
    assert not [name for _, given in seen.tags for name in given if name.startswith("on")]
    assert not set(page) & _FORBIDDEN
    assert "<script>alert(1)</script>" in seen.text


def test_in_a_real_browser_only_its_own_script_runs_and_nothing_is_asked_for() -> None:
    async def opened() -> tuple[tuple[str, ...], tuple[str, ...]]:
        browser = Chromium()
        try:
            seen = await browser.open(chat_page(nasty(), None))
        finally:
            await browser.close()
        return seen.executed, seen.requested

    (ran,), requested = asyncio.run(opened())
    assert ran.startswith("script ran: document.documentElement.classList.add('scripted')")
    assert "alert" not in ran
    assert requested == ()


def test_the_policy_allows_the_pages_own_style_and_script_and_nothing_else() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', chat_page(results(), None))
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;") or policy[1].startswith("default-src 'none'")
    assert "unsafe-inline" not in policy[1]
    assert "http" not in policy[1]


def test_a_very_long_search_is_cut_and_the_page_says_so() -> None:
    steps = tuple(f"attacker says in conversation 1: {n} " + "word " * 500 for n in range(400))
    page = chat_page(results(run(breaches=(breach(steps=steps),))), None)
    assert "[388 more steps: the JSON results have all]" in page
    assert "more characters]" in page
    assert len(page) < 80_000


def test_five_thousand_trials_and_every_case_reached_stay_a_page_of_two_megabytes() -> None:
    steps = tuple(f"attacker says in conversation 1: {'a long <order> ' * 400}" for _ in range(63))
    cases = [f"case-{n}" for n in range(174)]
    made = tuple(trial(cases[n % 174], "hit", n // 174, transcript=talk(*["word " * 2000] * 20)) for n in range(5000))
    breaches = tuple(breach(case, steps=steps) for case in cases)
    page = chat_page(results(run(trials=made, breaches=breaches)), None)
    assert len(page.encode()) < 2_000_000


def test_what_was_not_tested_is_named_once_with_its_reason() -> None:
    closed = tuple(
        Covered(threat=f"t{n}", surface="email", layer="tools", tested="not_tested", why="no mail is read")
        for n in range(30)
    )
    page = chat_page(results(run(coverage=(*run().coverage, *closed))), None)
    text = Seen(page).text
    assert "Model theft" in text
    assert "no case exercises it" in text
    assert "the desk has no tools" in text
    assert (
        text.count("no mail is read") == 30
    )  # in the list of threats that nobody tested; the cells have it as a title


def test_what_is_new_since_the_baseline_comes_before_all_else() -> None:
    since = Since(new=(("desk", "c"),), unseen=(), gone=(("desk", "d"),), untried=(), still=())
    page = chat_page(results(), since)
    assert page.index("New since the baseline") < page.index("What was reached")
    assert "The goal d" in page


def test_nothing_that_was_tried_makes_no_pass() -> None:
    page = chat_page(results(run(trials=(), breaches=(), untried=5, why="it was stopped")), None)
    assert "Nothing could be tried." in page
    assert "5 planned trials were not made: it was stopped." in page


def test_on_paper_everything_is_unfolded(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(chat_page(results(), None), encoding="utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(file.as_uri())
        assert page.locator("details[open]").count() == 0
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        page.click("a[href='#steps-0-0']")
        assert page.locator("details[open]#steps-0-0").count() == 1
        browser.close()
