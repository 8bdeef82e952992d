"""How groups of people fare under a model's decisions: rates by group, how far they lie apart, and how sure that is.

A difference is told with its interval, or not at all: a group too small to say anything of is named, never numbered.
"""
