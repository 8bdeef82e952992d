"""Evasion with perfect knowledge: attacks that follow the gradient of the target.

They are numpy code over `Predictor.differentiate`, so they attack whatever offers it, guarded targets included. A
randomised target is differentiated several times at each point and the gradients averaged (expectation over
transformation, Athalye et al. 2018, section 4). Samples that are fooled leave the batch.
"""
