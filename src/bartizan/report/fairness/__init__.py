"""How groups of people fare: on a screen, as a document, and as JSON."""
