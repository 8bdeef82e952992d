"""What a scan of files found, in each form in which people and tools read it. All pure."""
