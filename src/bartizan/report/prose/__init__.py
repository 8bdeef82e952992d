"""Documents as values: what they say, apart from how it looks as Markdown, HTML or a document of a word processor."""
