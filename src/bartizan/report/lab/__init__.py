"""What the lab measured, drawn: curves, ROC, fronts, examples before and after; as pictures, in pages, as files."""
