"""Tables as files: read in batches, profiled, checked, made to hold less, and protected."""
