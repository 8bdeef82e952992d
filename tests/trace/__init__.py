"""Tests of the trace of decisions."""
