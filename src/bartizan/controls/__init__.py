"""Controls: hardenings, guards and checks, one module for each, and the explicit tuple CONTROLS in `registry`."""
