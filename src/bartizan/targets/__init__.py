"""Targets: anything that can be attacked or guarded. Here: predictors over arrays, and what is known about them.

Chat models, agents and MCP servers are in the folders of those names.

predictor   what every target answers, and the capabilities it may have
domain      what may be fed to it: shape, bounds, features, and what an attacker can really change
limit       how far an attacker may go: L0, L2, Linf
data        data sets with their digest
recipe      how a model is made from data, so that it can be made again
rig         a target with the data and the recipe it came from: what an experiment is run on
border      where queries are counted, limited and recorded, and answers checked
"""

from __future__ import annotations

import importlib.util

from bartizan.core.errors import MissingExtra

if importlib.util.find_spec("numpy") is None:  # pragma: no cover - the extra is installed where this is tested
    raise MissingExtra("the lab", "lab")
