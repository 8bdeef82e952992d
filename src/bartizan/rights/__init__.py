"""The rights of people over their data: requests, where somebody's data lies, and what is done with it there."""
