"""Whether a table is fit to learn from: what is checked before training, and which rows are doubted.

doubt       what was found, how sure, and in which rows
sample      the table as the checks see it
schema      values, against a schema that somebody declared
drift       columns, against another table
duplicates  rows that come twice, or nearly, or with another label
labels      labels that a model finds unlikely
outliers    values and rows far from all others
triggers    rare values and words that come with one label
patches     the same patch in many images of one label
sources     suppliers whose rows change all at once
checking    all of it, one check after another
"""
