"""All malicious files of the corpus."""

from __future__ import annotations

from tests.supply.corpus.archives import ARCHIVES
from tests.supply.corpus.case import Case
from tests.supply.corpus.graphs import GRAPHS
from tests.supply.corpus.pickles import PICKLES
from tests.supply.corpus.texts import TEXTS

MALICIOUS: tuple[Case, ...] = PICKLES + ARCHIVES + GRAPHS + TEXTS
