"""Graders: one for each family of attacks. An attack proposes; what it is worth is decided here."""
