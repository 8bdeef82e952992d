"""`python -m bartizan`."""

from bartizan.cli.main import run

run()
