"""Guards, hardenings and checks for chat targets: what judges the requests, answers and tool calls of a model."""
