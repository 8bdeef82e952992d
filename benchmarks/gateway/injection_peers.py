"""One peer, in a process of its own: texts in, what it says of them and how long it took out.

Run: python injection_peers.py PACKAGES, with a JSON list of texts on the standard input. The peer is prompt-guardrail
1.0.1 (Apache-2.0), whose model is a pickle: hence the process of its own. Its package must be in PACKAGES.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

_TIMES = 15


def main() -> None:
    """Print {"found": [...], "took": {name: ms}}."""
    sys.path.append(sys.argv[1])
    from guardify import detect  # type: ignore[import-not-found]  # noqa: PLC0415

    asked: dict[str, Any] = json.load(sys.stdin)
    detect("warm")
    found = [detect(text)["label"] != "safe" for text in asked["texts"]]
    took = {name: median_ms(partial(detect, text)) for name, text in asked["timed"].items()}
    json.dump({"found": found, "took": took}, sys.stdout)


def median_ms(call: Callable[[], object]) -> float:
    """The median of the milliseconds of CPU that a call takes."""
    out = []
    for _ in range(_TIMES):
        begun = time.process_time()
        call()
        out.append((time.process_time() - begun) * 1000)
    return sorted(out)[len(out) // 2]


if __name__ == "__main__":
    main()
