"""The proof on AWS: a canary function makes the calls, as each of the environment's roles."""
