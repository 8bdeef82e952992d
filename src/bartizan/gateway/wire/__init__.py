"""Formats of requests and answers, one module each; `routes` lists all paths that the gateway serves."""
