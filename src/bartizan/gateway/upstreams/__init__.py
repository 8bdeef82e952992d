"""Who answers: connections, tries, fallbacks, breakers."""
