"""What harnesses start from: the corpus of the scanner's tests, and small files of their own.

It runs in a process of its own: the libraries that write the corpus take more memory than a harness may.
"""

from __future__ import annotations

import hashlib
import importlib
import random
import sys
import warnings
from pathlib import Path

from fuzz.harness import HARNESSES


def write(folder: Path) -> None:
    """Write the seeds of every harness to a folder of its name, and its words to NAME.dict."""
    scanned = list(_scanned())
    for harness in HARNESSES:
        place = folder / harness.name
        place.mkdir(parents=True, exist_ok=True)
        made = [data for data, formats in scanned if formats & harness.formats]
        module = importlib.import_module(f"fuzz.{harness.module}")
        made += module.seeds() if hasattr(module, "seeds") else []
        made += (
            [bytes([n, way]) + b"seed" * 9 for n in range(6) for way in range(6)] if harness.name == "danger" else []
        )
        for one in made:
            if len(one) <= harness.longest:
                (place / hashlib.sha256(one).hexdigest()[:16]).write_bytes(one)
        words = ('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in harness.words)
        (folder / f"{harness.name}.dict").write_text("".join(words))


def _scanned() -> list[tuple[bytes, set[str]]]:
    """The corpus, with what each file is found to be."""
    import numpy as np
    import torch
    from tests.supply.corpus.benign import BENIGN
    from tests.supply.corpus.malicious import MALICIOUS

    from bartizan.supply.scan.blob import Held
    from bartizan.supply.scan.formats import FORMATS
    from bartizan.supply.scan.look import Look

    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    made = [case.make() for case in (*MALICIOUS, *BENIGN) if "bomb" not in case.name]
    return [(data, set(Look(FORMATS).at(Held(data)))) for data in made]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write(Path(sys.argv[1]))
