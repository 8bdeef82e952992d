"""Whether a table may be used for a purpose: what was declared of it, column by column and row by row.

rules      purposes with their legal basis, days, columns and rows; licence; what may never be used
asking     a table and a purpose against the rules: allowed, not, or unknown
filtering  the columns and rows that are allowed, written to a file
"""
