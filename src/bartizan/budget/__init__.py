"""What was told of people under differential privacy, and how much more may be: an account per data set and group.

amount    exact sums of epsilon and delta
ledger    the account in a file, shared by processes
"""
