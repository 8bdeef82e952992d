"""Who can read and change which data, beside who should: the modes of real files against a manifest.

manifest   data sets, who may read and write each, and which must not meet in one person
modes      what a file's owner, group, mode and access list let others do, and the folders above it
checking   each file against its data set; who reaches two that are kept apart
"""
