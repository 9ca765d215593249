"""Nothing: what the engine itself costs."""
