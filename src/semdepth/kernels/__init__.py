"""The few loops whose speed decides: affinity propagation, Louvain, spanning trees, subsumers."""
