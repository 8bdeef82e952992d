"""What was found in tables, for people and programs."""
