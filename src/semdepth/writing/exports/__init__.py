"""An analysis for other programs: Gephi, Cytoscape, networkx, pandas, readers of trees."""

from semdepth.writing.exports.files import write_graph, write_newick, write_table
from semdepth.writing.exports.libraries import to_networkx, to_pandas

__all__ = ["to_networkx", "to_pandas", "write_graph", "write_newick", "write_table"]
