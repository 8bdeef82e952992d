"""What law and principles ask of a system, as a summary, a report, and drafts of impact assessments."""
