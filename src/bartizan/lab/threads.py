"""One thread for everything numeric: sums come out the same on every machine of a kind, and two runs do not fight."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bartizan.core.extras import need


@contextmanager
def one_thread() -> Iterator[None]:
    """Numeric libraries work on one thread within; PyTorch stays there afterwards, as it is slow to change its mind."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
    with need("threadpoolctl").threadpool_limits(limits=1):
        yield
