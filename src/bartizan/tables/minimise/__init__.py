"""Which columns a task does not need, and which it needs only coarsely: judged by a model, and by data it never saw.

verdict     what is said of a column, of the rows, and of all together
columns     what a column is, and what speaks for trying to do without it first
seeing      a column as a model sees it
coarser     steps from fine to coarse, as `bartizan data protect` does them
labels      what is learned
usable      rows that are not put aside, and whether they are enough
splitting   rows to learn from, to choose by, and to judge by once
scoring     scores and their differences, with intervals
bench       models of some columns, compared on the same rows
choosing    leaks, then dropping, then coarsening
minimising  all of it
proxies     whether what stays tells what was dropped
wording     verdicts with their reasons
planning    the outcome as a plan for `bartizan data protect`
"""
