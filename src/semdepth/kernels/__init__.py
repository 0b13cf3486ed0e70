"""The few loops whose speed decides: clusterers, spanning trees, neighbours, subsumers."""
