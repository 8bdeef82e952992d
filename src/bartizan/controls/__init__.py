"""Controls with code, one module each under its id in the catalogue: hardenings, guards and checks.

`family` says what each kind is; `registry` lists them all. Guards that know callers and fail closed are in `guards`,
filters of training data in `data_quality`; `hardened` holds the recipes that hardenings hand back.
"""
