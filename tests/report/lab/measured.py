"""Fronts and measurements to draw: numbers as the lab makes them, some with hostile names."""

from __future__ import annotations

from bartizan.core.front import Appetite, Front, Setting
from bartizan.core.measurement import Curve, Effect, Example, Figure, Measurement, Point, Price, Rate

HOSTILE = "<script>alert('x')</script> $\\frac{1$ \x1b[31m \u202eend"


def setting(label: str, won: int, right: int, ms: float, *, on_front: bool = True, meets: bool = False) -> Setting:
    return Setting(
        label=label,
        control="" if label == "without" else f"input_distortion/noise({label})",
        success=Rate(hits=won, trials=100),
        accuracy=Rate(hits=right, trials=200),
        latency_ms=ms,
        seeds=(0, 1),
        on_front=on_front,
        meets=meets,
    )


def front(name: str = "sigma=0.1") -> Front:
    return Front(
        control="input_distortion/noise",
        rig="digits",
        attacks=("PGD", "Square"),
        limit="linf 0.1",
        appetite=Appetite(success=0.4, accuracy_loss=0.05),
        settings=(
            setting("without", 93, 194, 0.21),
            setting("sigma=0.05", 61, 193, 0.35),
            setting(name, 22, 189, 0.36, meets=True),
            setting("sigma=0.15", 24, 185, 0.36, on_front=False, meets=True),
            setting("sigma=0.3", 11, 150, 0.40),
        ),
        recommended=name,
        why="it meets what was stated and keeps the most accuracy of those that do",
        held_on="2026-11-22",
        versions={"python": "3.11.2", "numpy": "2.1.0"},
    )


def run(
    attack: str = "pgd",
    hits: int = 80,
    *,
    controls: tuple[str, ...] = (),
    limit: str = "linf 0.1",
    seed: int = 0,
    title: str = "PGD",
    curves: tuple[Curve, ...] = (),
    examples: tuple[Example, ...] = (),
    figures: tuple[Figure, ...] = (),
    queries: int = 1200,
) -> Measurement:
    return Measurement(
        key=f"{attack}-{controls}-{limit}-{seed}",
        rig="digits",
        family="evasion",
        attack=attack,
        title=title,
        controls=controls,
        limit=limit,
        seed=seed,
        success=Rate(hits=hits, trials=100),
        flags="1" * hits + "0" * (100 - hits),
        curves=curves,
        examples=examples,
        figures=figures,
        price=Price(accuracy=Rate(hits=190, trials=200), latency_ms=0.2, queries=queries, seconds=1.5),
        digests={"model": "sha256:" + "ab" * 32},
        versions={"python": "3.11.2", "numpy": "2.1.0"},
        held_on="2026-11-22",
    )


NOISE = ("input_distortion/noise(sigma=0.1)",)
GREY = tuple(((i * 7) % 17) / 16 for i in range(64))
IMAGE = Example(
    before=GREY, after=tuple(min(1.0, v + 0.1 * (i % 3)) for i, v in enumerate(GREY)), shape=(8, 8), was=3, now=8
)
ROW = Example(
    before=(31.0, 2400.0, 0.2), after=(31.0, 2900.0, 0.2), shape=(3,), names=("age", "income", "debt"), was=0, now=1
)
MAIL = Example(before="Claim your free prize now", after="Claim your fr3e prize today now", was=1, now=0)
ROC = Curve(
    name="ROC",
    x="share of strangers taken for members",
    y="share of members found",
    points=tuple(Point(x=x / 200, y=min(1.0, (x / 200) ** 0.4)) for x in range(201)),
)
WEAK_ROC = Curve(name="ROC", x=ROC.x, y=ROC.y, points=tuple(Point(x=p.x, y=p.x**0.8) for p in ROC.points))
FIDELITY = Curve(
    name="fidelity",
    x="queries",
    y="answers that agree with the target's",
    points=(
        Point(x=100, y=0.7, low=0.62, high=0.77),
        Point(x=300, y=0.83, low=0.77, high=0.88),
        Point(x=1000, y=0.94, low=0.89, high=0.97),
    ),
)
AREA = Figure(name="area under the ROC curve", value=0.79, low=0.75, high=0.83, n=400)
RUNS = (
    *(run(hits=hits, limit=f"linf {radius}") for hits, radius in ((12, 0.02), (55, 0.05), (93, 0.1), (100, 0.2))),
    *(
        run(hits=hits, limit=f"linf {radius}", controls=NOISE)
        for hits, radius in ((8, 0.02), (31, 0.05), (64, 0.1), (88, 0.2))
    ),
    run("square", 70, title="Square", limit="linf 0.05", examples=(IMAGE, ROW, MAIL)),
    run("lira", 34, title="LiRA", limit="", curves=(ROC,), figures=(AREA,)),
    run(
        "lira",
        12,
        title="LiRA",
        limit="",
        curves=(WEAK_ROC,),
        figures=(AREA,),
        controls=("obscure_confidence(decimals=1)",),
    ),
    run("knockoff", 94, title="Knockoff", limit="", curves=(FIDELITY,)),
    Measurement(
        key="u",
        rig="digits",
        family="evasion",
        attack="hop_skip_jump",
        title="HopSkipJump",
        outcome="unchanged",
        why="no start was found",
    ),
    Measurement(
        key="n",
        rig="digits",
        family="evasion",
        attack="cw",
        title="Carlini-Wagner",
        outcome="not_applicable",
        why="the target gives no gradient",
    ),
    Measurement(key="f", rig="digits", family="inversion", attack="inv", title=HOSTILE, outcome="failed", why=HOSTILE),
)
EFFECTS = (
    Effect(
        attack="pgd",
        controls=NOISE,
        without=Rate(hits=93, trials=100),
        with_=Rate(hits=64, trials=100),
        reduction=0.29,
        low=0.19,
        high=0.39,
        paired=100,
        accuracy=-0.02,
        latency=0.14,
        queries=3.0,
    ),
    Effect(
        attack="lira",
        controls=("obscure_confidence(decimals=1)",),
        without=Rate(hits=34, trials=100),
        with_=Rate(hits=38, trials=100),
        reduction=-0.04,
        low=-0.15,
        high=0.07,
        paired=100,
        accuracy=0.0,
        masks_gradients="Square sees no gradient and still wins",
    ),
)
