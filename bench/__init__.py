"""Measurements: what an environment costs beside what it is made of. `scripts/bench` runs them all."""
