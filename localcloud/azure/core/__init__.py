"""What every service of the local Azure builds on: calls, routes, state, tokens, roles, locks."""
