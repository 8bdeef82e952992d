"""Bartizan makes the OWASP AI Exchange executable."""

__version__ = "0.1.0"
