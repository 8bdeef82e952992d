"""Trains the credit score in shards, on the loans that may be used: all shards, or one of them anew.

python train.py all
python train.py 3
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
from sklearn.ensemble import RandomForestClassifier

from bartizan.rights.shards.keeping import SklearnKeeping
from bartizan.rights.shards.model import Sharding
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain
from bartizan.targets.sklearn_models import SklearnRecipe

DOMAIN = Domain(modality="table", shape=(1,), low=0.0, high=1.0)


def main() -> None:
    """Learn from usable.csv whether a loan is paid late."""
    loans = pl.read_csv("usable.csv")
    data = Dataset(x=loans.select("debt_share").to_numpy(), y=loans["late"].to_numpy(), classes=2, name="loans")
    people = loans["customer"].to_list()
    recipe = SklearnRecipe(RandomForestClassifier(n_estimators=20), DOMAIN, "credit score")
    sharding = Sharding(folder=Path("score"), recipe=recipe, keeping=SklearnKeeping(DOMAIN))
    if sys.argv[1] == "all":
        sharding.train(data, people, count=10)
    else:
        sharding.retrain(int(sys.argv[1]), data, people)


main()
