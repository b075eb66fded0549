"""Effects: how far an after lies from its before, how sure that is, and how it is told."""
