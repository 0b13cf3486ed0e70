"""Clusters as dense places: OPTICS and HDBSCAN on a dense matrix, in O(n) memory beside it."""
