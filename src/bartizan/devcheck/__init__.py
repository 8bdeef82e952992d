"""What a repository of a model's code gives away, loads unsafely or fetches unpinned."""
