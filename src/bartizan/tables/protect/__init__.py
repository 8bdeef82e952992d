"""Tables made to say less about people: pseudonyms, masks, tokens, coarser values, k-anonymity, noisy statistics."""
