"""Signatures of models: made in the OpenSSF's format, judged by a policy of whom is trusted for what, until when."""
