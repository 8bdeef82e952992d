"""What a table holds about people, and which secrets: column by column, all rows, in bounded memory.

words       what names of columns tell
counting    one column, batch after batch
profiling   all columns
"""
