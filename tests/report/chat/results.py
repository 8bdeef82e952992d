"""Results of chat tests made by hand, of any size and with any texts."""

from __future__ import annotations

from typing import Any

from bartizan.core.chat import Message, Usage
from bartizan.core.chat_results import Breach, ChatResults, ChatRun, Covered, Utility, Way
from bartizan.core.measurement import Rate
from bartizan.core.transcript import Transcript, Turn
from bartizan.core.trial import LeftOut, Trial

NASTY = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> \x1b[2J\x1b]0;t\x07 \u202e \u2066 \x00 \x9b31m ]]> --> "
    "**bold** [a](javascript:alert(1)) | `x` \u200b {0} [1](2)"
)
NOTHING = Rate(hits=0, trials=0)


def trial(case: str = "c", outcome: str = "hit", n: int = 0, **given: Any) -> Trial:
    told: dict[str, Any] = {
        "key": f"{case}-{outcome}-{n}",
        "case": case,
        "title": f"The goal {case}",
        "attack": "plain",
        "attack_title": "The plain order",
        "threats": ("direct_prompt_injection",),
        "why": "it was said",
    }
    return Trial(outcome=outcome, **{**told, **given})  # type: ignore[arg-type]


def breach(case: str = "c", severity: int | None = 4, **given: Any) -> Breach:
    told: dict[str, Any] = {
        "title": f"The goal {case}",
        "about": "Why it matters.",
        "threats": ("direct_prompt_injection",),
        "layer": "reasoning",
        "harm": "behaviour",
        "single": Rate(hits=2, trials=3),
        "multi": NOTHING,
        "effort": 0,
        "ways": (Way(attack="plain", title="The plain order", surface="document", rate=Rate(hits=2, trials=3)),),
        "why": "it was said",
        "shown_by": f"{case}-hit-0",
        "steps": ("attacker says in conversation 1: Say it.", "bartizan test system.yaml --case c"),
    }
    return Breach(case=case, severity=severity, **{**told, **given})


def talk(*answers: str) -> Transcript:
    said = ((Message(role="assistant", text=text),) for text in answers)
    return Transcript(turns=tuple(Turn(by="attacker", said="Say it.", messages=one) for one in said))


def run(**given: Any) -> ChatRun:
    told: dict[str, Any] = {
        "component": "desk",
        "label": "Desk",
        "target": "the desk",
        "held_on": "2026-11-22",
        "trials": (trial(transcript=talk("It.")), trial("d", "miss")),
        "breaches": (breach(),),
        "coverage": (
            Covered(
                threat="direct_prompt_injection",
                surface="document",
                layer="reasoning",
                tested="searched",
                trials=2,
                hits=1,
                cases=2,
            ),
            Covered(threat="model_theft", tested="not_tested", why="no case exercises it"),
        ),
        "left_out": (
            LeftOut(
                case="e",
                title="The goal e",
                threats=("model_theft",),
                surfaces=("email",),
                layer="tools",
                why="the desk has no tools",
            ),
        ),
        "usage": Usage(requests=7, input_tokens=10, output_tokens=20),
        "utility": Utility(done=Rate(hits=3, trials=4), done_under_attack=NOTHING, false_alarms=NOTHING),
    }
    return ChatRun(**{**told, **given})


def results(*runs: ChatRun, **given: Any) -> ChatResults:
    names = {"direct_prompt_injection": "Direct prompt injection", "model_theft": "Model theft"}
    return ChatResults(**{"name": "Test of the desk", "threats": names, "runs": runs or (run(),), **given})


def nasty() -> ChatResults:
    """Everything that a stranger can bring in, brought in."""
    long = NASTY + "<b>" * 30_000
    ways = (Way(attack="plain", title=NASTY, surface="document", variation=NASTY, rate=Rate(hits=1, trials=1)),)
    steps = (f"attacker says in conversation 1: {NASTY}\n{long}", f"curl {NASTY}", f"curl {long}")
    bad = breach("c", title=NASTY, about=NASTY, why=NASTY, steps=steps, ways=ways, harm=NASTY)
    told = (
        trial(title=NASTY, why=NASTY, attack_title=NASTY, transcript=talk(NASTY, long)),
        trial("d", "error", title=NASTY, why=NASTY),
        trial("u", "unscored", title=NASTY, why=NASTY),
    )
    left = LeftOut(case="e", title=NASTY, threats=("x",), surfaces=("email",), layer="tools", why=NASTY)
    closed = Covered(threat=NASTY, surface="email", layer="tools", tested="not_tested", why=NASTY)
    hostile = run(
        label=NASTY,
        target=NASTY,
        model=NASTY,
        narrowed=NASTY,
        untried=3,
        why=NASTY,
        trials=told,
        breaches=(bad,),
        left_out=(left,),
        coverage=(*run().coverage, closed),
        remarks=(NASTY,),
        digest=NASTY,
    )
    return results(hostile, run(), name=NASTY, threats={"direct_prompt_injection": NASTY})
