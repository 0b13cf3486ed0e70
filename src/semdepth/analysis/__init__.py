"""The whole method for one model, and all that it finds out.

method.py  analyze(): reads like the paper's method section
record.py  Analysis, the answer: its words, its document
"""

from semdepth.analysis.method import StageProgress, analyze
from semdepth.analysis.record import SCHEMA, SCHEMA_VERSION, Analysis, Subject

__all__ = ["SCHEMA", "SCHEMA_VERSION", "Analysis", "StageProgress", "Subject", "analyze"]
