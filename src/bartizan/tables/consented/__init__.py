"""Which rows of a table may be used for some purposes, by what their people said: the gate of a ledger of consent.

asking     the question, and what is missing of it
people     everybody's situation in a ledger, looked up for many at once
gate       row by row: allowed, or left out and why
"""
