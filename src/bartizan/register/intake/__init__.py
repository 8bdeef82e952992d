"""Files of results from testing tools: read, counted, mapped to threats, and turned into evidence."""
