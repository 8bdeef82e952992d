"""Attacks on tools without the model: arguments that no tool should take."""
