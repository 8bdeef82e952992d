"""The scanner of model files. Nothing here runs, imports or unpickles what it looks at.

finding     what was found in a file, and what that makes of it
rule        what is looked for, why, and where that is known from
blob        bytes that can be read anywhere, bounded, wherever they lie
limits      how deep, how much and how long
look        one look at one file: sniffing, going into what is inside, keeping to the limits
formats     all formats, in the order in which they are asked
walking     files in folders
containers/ archives, compressed streams and arrays
tensors/    files of weights and graphs
pickles/    pickle streams: the abstract machine, and which globals are known
texts/      configurations, templates and code beside a model
"""
