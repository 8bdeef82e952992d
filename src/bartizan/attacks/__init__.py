"""Attacks: frozen values that propose. `family` says what each family hands back; `registry` lists them all.

gradient            evasion along gradients: FGSM, PGD, APGD, Carlini-Wagner, a patch
square, hop_skip_jump, transfer, image_changes, text_changes, known_trigger   evasion that sees less
poisoning, tampering                                                          training data, or the model itself
membership, attribute, inversion                                              what a model tells of its data
extraction, sponge                                                            a copy of the model; its time
"""
