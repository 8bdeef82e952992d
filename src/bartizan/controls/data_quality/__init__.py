"""Data quality control: rows that look poisoned are found and left out before the model is trained.

filtering        what all filters share: a mask of suspects, and a recipe that leaves them out
features         how a trained model sees rows: where filters look for groups
label_errors     labels that a model trained on other rows finds unlikely
activations      the smaller of two clusters of activations
spectral         rows far along the first direction of a class
second_opinion   groups that get their label from nobody but themselves
"""
