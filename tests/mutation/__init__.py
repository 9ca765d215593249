"""What the tests would not notice: see scripts/mutate."""
