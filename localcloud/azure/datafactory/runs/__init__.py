"""Pipeline runs: the expression language, the activities, and the engine that runs them as the factory."""
