"""File formats of datasets, and the mapping of columns between them."""
