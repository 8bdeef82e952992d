"""Kinds of places with data about people, one module each: found, written out, put right, erased."""
