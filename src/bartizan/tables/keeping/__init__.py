"""How long data may be kept: what is over its time, and deleting it with a log.

rules      what may be kept for how long, counted from what
judging    each file against its rules: kept, over, held, unknown
deleting   what is over goes, each deletion logged before and after it
"""
