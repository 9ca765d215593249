"""The leak test: each call of each verb goes wrong in each way, and after one sweep nothing is left."""
