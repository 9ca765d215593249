"""A first run on a real account: what no local cloud can answer, asked in order, in one report."""
