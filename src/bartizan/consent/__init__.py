"""Who agreed to what, when and in which words: a ledger that shows every change, and what follows from it.

entries    what is recorded: purposes, words, what people gave and took back, data sets and models made with it
standing   what one person's acts come to for one purpose: in doubt a withdrawal stands
people     people under pseudonyms, and lists of them
store      the ledger in a file: appended under a lock, many at once, each line bound to the one before
recording  what may be recorded, and what follows from it
verifying  that nothing of it was changed
declared   purposes and their words, as somebody wrote them in YAML
receipts   what a person gets of what they gave, by the names of ISO/IEC TS 27560
"""
