"""Fuzzing by coverage (atheris): what strangers write, mutated until it reaches code that nothing reached before.

    python -m fuzz                          all harnesses, five minutes each
    python -m fuzz pickles xml --seconds 60 some of them
    python -m fuzz pickles FILE             one file again, as the harness sees it

harness    all harnesses: what each looks at, and where it starts from
running    one process for each; what they did, and how to see a crash again
child      such a process
seeds      the corpus of the tests, written to a folder
scanned    the scanner: what holds for every file
reading    what is clean can be read by those who read such files, and asks for nothing that is not known
repacking  mutates what is in archives and compressed streams, not only their bytes
danger     what was found is still found when something stands behind, before or around it
rows, signing, bills, sealed, notebooks   the other readers of strangers' files
"""
