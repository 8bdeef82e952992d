"""What models decided about people: when, by which model and data, why, and who looked at it."""
