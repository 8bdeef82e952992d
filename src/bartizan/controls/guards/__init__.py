"""Guards for predictive models: what stands around a target while it runs, one module per control."""
