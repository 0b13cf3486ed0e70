"""Affinity propagation with scikit-learn's labels: over all similarities, or the nearest alone."""
