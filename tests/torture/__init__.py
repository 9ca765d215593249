"""The leak test: each call of each verb goes wrong in each way, and one sweep afterwards finds nothing left."""
