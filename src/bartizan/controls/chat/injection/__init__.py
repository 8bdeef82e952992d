"""Finding instructions that somebody planted in a text: pure text in, findings out."""
