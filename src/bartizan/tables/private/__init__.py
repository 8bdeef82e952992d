"""What can be told of a table without telling of anybody in it: differentially private statistics and tables.

plan        what is asked for, whose a row is, and which values there may be, said before anybody looks
people      the rows that count: so many of each person at most
buckets     a column's values in classes that were declared
exact       counts and sums of integers, before the noise
noise       the noise, by opendp, and how far it reaches
statistics  counts, sums, means and quantiles, each paid for in the ledger before it is drawn
synthetic   a table drawn from noisy counts of pairs of columns
"""
