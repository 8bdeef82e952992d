"""Personal data and secrets in any text: found, masked, and put back."""
