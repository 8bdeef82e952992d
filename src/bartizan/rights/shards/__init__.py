"""Models that learn in shards, so that somebody is forgotten by training one shard anew.

Bourtoule et al., "Machine Unlearning" (IEEE S&P 2021): SISA. All rows of a person are in one shard; the answers of the
shards are averaged. Slices, with which a shard is trained anew only in part, are not built.
"""
