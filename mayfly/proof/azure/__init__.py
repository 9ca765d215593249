"""The proof on Azure: a canary pipeline makes the calls, as the factory's own identity."""
