"""Importers: foreign files to prefilled descriptions."""
