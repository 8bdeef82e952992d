"""What a check of a repository found, in each form in which people and tools read it. All pure."""
