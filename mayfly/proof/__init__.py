"""The proof of isolation: what an environment's own identity may and may not do, by the cloud's answers."""
