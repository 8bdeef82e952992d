"""Reference rigs: small real models on data that packages ship, on which the catalogue's table is measured."""
