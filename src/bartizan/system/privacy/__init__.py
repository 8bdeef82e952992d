"""The part of a description about people: what it says, its checks, and the facts that rules of law ask."""
