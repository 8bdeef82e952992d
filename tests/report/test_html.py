"""The HTML report as a file: sound, self-contained, escaped, complete, and readable without scripts."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from bartizan.core.records import AnnualLoss, Decision, Loss, Plan
from bartizan.core.terms import EDITIONS, Edition, Outcome, Treatment
from bartizan.report.dossier import Dossier
from bartizan.report.html import render
from bartizan.report.html_risks import proofs, risk_views
from bartizan.report.names import Names
from bartizan.report.wording import amount, plain
from tests.report.dossiers import (
    AGENT,
    EXAMPLES,
    HOSTILE,
    acceptance,
    attacked,
    example,
    from_text,
    hostile,
    no_risks,
)

_VOID = frozenset({"meta", "br", "hr", "img", "input", "link", "wbr"})


class Page(HTMLParser):
    """A parsed page: its elements in order, its text, and what is wrong with its nesting."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> has an attribute twice")
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in {"p", "h3", "table", "ul", "ol", "dl", "details", "section", "article"} and "p" in self._open:
            self.faults.append(f"<{tag}> inside <p>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-1:]}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in {"style", "script"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@cache
def agent() -> Dossier:
    return from_text(AGENT)


PAGES = ("agent", "no risks")


@cache
def html_of(name: str) -> str:
    return render(agent() if name == "agent" else no_risks())


@cache
def page_of(name: str) -> Page:
    return Page(html_of(name))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_example_gives_a_sound_page_in_every_edition(file: Path, edition: Edition) -> None:
    page = Page(render(example(file, edition)))
    assert page.faults == []
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")} <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_headings_come_in_order_below_one_main_heading(name: str) -> None:
    levels = [int(tag[1]) for tag, _ in page_of(name).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


@pytest.mark.parametrize("name", PAGES)
def test_the_page_asks_for_nothing_outside_itself(name: str) -> None:
    page = page_of(name)
    assert not page.all("link", "img", "iframe", "object", "embed", "base", "form", "source", "video", "audio")
    assert not [a for _, a in page.elements if {"src", "srcset", "style", "background", "action"} & a.keys()]
    assert all(a["href"].startswith(("#", "https://owaspai.org/")) for a in page.all("a"))
    assert not [t for t, a in page.elements if t != "a" and a.get("href", "").startswith("http")]
    html = render(agent())
    style = html[html.index("<style>") : html.index("</style>")]
    assert "@import" not in style
    assert "url(" not in style


def test_the_policy_allows_only_the_style_and_the_script_of_the_page() -> None:
    html = render(agent())
    policy = next(a["content"] for a in Page(html).all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    found = {tag: re.search(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL) for tag in ("style", "script")}
    for tag, match in found.items():
        assert match is not None
        digest = base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert html.count("<script") == html.count("<style") == 1


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_everything_shows_and_nothing_offers_what_needs_them(name: str) -> None:
    page = page_of(name)
    assert all("open" in a for a in page.all("details"))
    assert not [a for _, a in page.elements if "hidden" in a]
    assert not page.all("button", "select", "input", "noscript")


def test_every_verdict_is_in_it_with_its_sentence_sources_rule_and_address() -> None:
    dossier = agent()
    page = page_of("agent")
    ids = {a["id"] for _, a in page.elements if "id" in a}
    for verdict in dossier.assessment.verdicts:
        assert f"v-{verdict.id}" in ids
        assert f"Rule: {verdict.rule}, edition 2026." in page.text
    outcomes = {v.outcome for v in dossier.assessment.verdicts}
    assert outcomes == set(Outcome)
    assert "Applies because agent generates content" in page.text
    assert "type: generative system.yaml:6" in page.text
    assert "https://owaspai.org/go/indirectpromptinjection/" in {a["href"] for a in page.all("a")}


def test_every_risk_and_every_control_to_take_has_its_own_place() -> None:
    ids = [a.get("id") for a in page_of("agent").all("article")]
    made = agent().assessment
    assert ids == [risk.id for risk in made.risks] + [f"c-{step.control}" for step in made.steps]


def test_the_first_line_is_the_answer() -> None:
    text = page_of("agent").text
    made = agent().assessment
    above = sum(r.above_appetite for r in made.risks)
    answer = text[text.index(f"{len(made.risks)} risks:") :][:500]
    assert f"{above} above your appetite (low)" in answer
    assert "Do first:" in answer
    assert "The whole plan takes " in answer
    assert re.search(r"\d+ verdicts? waits? for \d+ answers?", answer)


def test_the_arithmetic_of_a_rating_is_visible() -> None:
    risk = next(r for r in agent().assessment.risks if r.id == "indirect_prompt_injection@agent")
    html = render(agent())
    article = html[html.index(f'<article id="{risk.id}"') :].partition("</article>")[0]
    text = Page(article).text
    mean = sum(f.score * f.weight for f in risk.factors)
    assert f"{mean:.2f}".rstrip("0").rstrip(".") + f", rounded to {risk.inherent.likelihood}" in text
    assert re.search(rf"{risk.inherent.impact} − [\d.]+ = [\d.]+ → {risk.residual.impact}", text)
    for factor in risk.factors:
        assert factor.why[1:] in text


def test_a_system_without_risks_says_so_and_what_to_do() -> None:
    text = page_of("no risks").text
    assert no_risks().assessment.risks == ()
    assert "No threat of the catalogue becomes a risk" in text
    assert "No control is left to take" in text
    assert "No supplier owes an answer" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name: str) -> None:
    html = render(hostile(name))
    page = Page(html)
    ordinary = page_of("agent")
    assert page.faults == []
    assert plain(name)[:80].strip() in page.text
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in ordinary.elements}
    assert not [a for _, a in page.elements if any(key.startswith("on") for key in a)]
    assert html.count("<script") == 1
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]", html)


def test_the_same_dossier_gives_the_same_page() -> None:
    assert render(agent()) == render(from_text(AGENT))


@pytest.mark.parametrize("name", PAGES)
def test_every_header_of_a_table_says_what_it_heads(name: str) -> None:
    assert all(a.get("scope") in {"col", "row"} for a in page_of(name).all("th"))


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_has_a_title_or_is_decoration(name: str) -> None:
    for svg in re.findall(r"<svg.*?</svg>", html_of(name), re.DOTALL):
        assert 'aria-hidden="true"' in svg[:200] or ("<title" in svg and "<desc" in svg and "aria-labelledby" in svg)


def test_landmarks_are_there_and_the_skip_link_comes_first() -> None:
    page = page_of("agent")
    tags = [tag for tag, _ in page.elements]
    assert [tags.count(tag) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    assert page.all("a")[0] == {"class": "skip", "href": "#summary"}
    assert page.all("html")[0]["lang"] == "en-GB"


def test_a_decision_shows_with_its_name_dates_and_standing() -> None:
    lapsed = acceptance("indirect_prompt_injection@agent", "2026-06-01")
    planned = Decision(
        risk="input_data_leak@agent", treatment=Treatment.MITIGATE, reason="in the plan", by="B. Lead", on="2026-11-01"
    )
    text = Page(render(from_text(AGENT, decisions=(lapsed, planned)))).text
    assert "Accept by A. Owner on 3 May 2026, until 1 Jun 2026: budget comes next year." in text
    assert "A decision no longer holds" in text
    assert "Mitigate by B. Lead on 1 Nov 2026: in the plan." in text


def test_two_plans_say_how_far_apart_they_are() -> None:
    greedy = agent().plans[0]
    exact = Plan(method="exact", controls=greedy.controls[1:], cost=greedy.cost - 3, left=greedy.left, proven=True)
    text = Page(render(msgspec.structs.replace(agent(), plans=(greedy, exact)))).text
    assert "The rule of thumb costs 3 person-days more than the cheapest plan" in text
    assert "no cheaper one does as well" in text


def test_annual_loss_shows_only_where_it_was_quantified() -> None:
    year = AnnualLoss(
        mean=1234.4,
        median=900.0,
        p90=2500.0,
        p95=3000.0,
        intervals={"mean": (1200.0, 1270.0)},
        curve=((100.0, 0.9), (3000.0, 0.05)),
        per_risk=((agent().assessment.risks[0].id, 1234.4),),
    )
    fields = {name: getattr(year, name) for name in AnnualLoss.__struct_fields__}
    loss = Loss(**fields, unit="thousand euros", trials=20000, seed=7, inherent=year, residual=year)
    page = Page(render(msgspec.structs.replace(agent(), loss=loss)))
    assert page.faults == []
    assert "Annual loss in thousand euros: 1,230 (1,200–1,270) now" in page.text
    assert "1,230 (1,200–1,270)" in page.text
    assert "20,000 simulated years, seed 7" in page.text
    assert "Annual loss" not in page_of("agent").text


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_and_marks_stand_out_in_light_and_in_dark() -> None:
    html = render(agent())
    blocks = re.findall(r":root[^{]*\{([^}]*--ground[^}]*)\}", html)
    themes = [dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]+);", block)) for block in blocks]
    ramp = themes[0]
    for theme in themes:
        for text in ("ink", "soft", "accent"):
            assert _contrast(theme[text], theme["ground"]) >= 4.5
            assert _contrast(theme[text], theme["raised"]) >= 4.5
        assert _contrast(theme["strong"], theme["ground"]) >= 3
    for step in range(1, 6):
        assert _contrast("#fff" if step == 5 else "#14171c", ramp[f"l{step}"]) >= 4.5


def test_a_risk_shows_what_evidence_did_to_it_and_why() -> None:
    risk = "indirect_prompt_injection@agent"
    bare, through = attacked(risk, id="E-1"), attacked(risk, 150, id="E-2", with_controls=("monitor_use",))
    page = Page(render(from_text(AGENT + USE_IS_MONITORED, evidence=(bare, through))))
    assert page.faults == []
    assert "E-1 Suite A 1 Nov 2026" in page.text
    assert "counts for nothing" in page.text or "confirms" in page.text
    assert "E-2 Suite A 1 Nov 2026 raises" in page.text
    assert "Does not hold: succeeded in 150 of 200 attempts, 75 % (69–80 %), 1 Nov 2026." in page.text
    assert "measured: does not hold, so nothing comes off the likelihood now" in page.text


USE_IS_MONITORED = "  - {control: monitor_use, status: verified}\n"


def test_what_the_plan_verifies_counts_whole_in_the_arithmetic_after_it() -> None:
    dossier = from_text(AGENT)
    views = risk_views(Names(dossier), proofs(Names(dossier)))
    for view in views:
        planned = {line.partition(":")[0] for line in view.risk.residual.why if "taken by the plan" in line}
        for effect in view.arithmetic.effects:
            advice = next(a for a in view.risk.controls if a.control == effect.control)
            if effect.control in planned and advice.likelihood:
                assert effect.cells[2] == f"−{amount(advice.likelihood)}"
