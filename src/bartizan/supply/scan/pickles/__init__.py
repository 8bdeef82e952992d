"""Pickles: an abstract machine, which globals are known, and what that makes of a stream.

opcodes     the operations
values      what stands for objects
window      reading forward
machine     the machine; it tells a witness what a pickle imports, calls and changes
knowing     the lists of known globals, in known/
judging     which global is what
rules       what is looked for
arrays      arrays of joblib within a stream
reporting   the witness that reports
streams     streams one after another, and the tensors of older torch
format      how files are told to be pickles
"""
