"""Attacks on chat targets: a case says what is wanted, an attack how it is pursued; detectors tell whether it was got.

case, case_files, cases/      what an attacker wants: the lab's own goals, and those of your files
family, registry              what an attack is, and all of them by name
direct, persuasion, many_shot, splitting, spoofing     one known wording around the goal; the words are in `wordings`
crescendo, search             several turns, or many tries, led by feedback
indirect, delayed             orders in content that the assistant reads
other_sessions, extraction_of_text, membership_of_text what others said, and what a model was trained on
exhaustion                    what an attacker makes the owner pay for
agent/, tools/, retrieval/    agents, their tools without the model, and the index
variations/                   the same words in another dress
"""
