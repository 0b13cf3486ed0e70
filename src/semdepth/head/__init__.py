"""The classifier layer: one template per class, and which stored tensor it is.

::

    classifier_head.py   StoredTensor, OutputLayer and ClassifierHead, the values
    finding.py           rank_heads, find_head, load_templates: from tensors to the layer
    evidence.py          Candidate; what speaks for a layer being the classifier, and against it
    layers.py            what a tensor's name and shape say about its place in the network
    names.py             what the libraries call the classifier layer, and what others
    composed/            layers that several stored tensors make together
"""

from semdepth.head.classifier_head import ClassifierHead, OutputLayer, StoredTensor
from semdepth.head.evidence import Candidate
from semdepth.head.finding import find_head, load_templates, rank_heads

__all__ = [
    "Candidate",
    "ClassifierHead",
    "OutputLayer",
    "StoredTensor",
    "find_head",
    "load_templates",
    "rank_heads",
]
