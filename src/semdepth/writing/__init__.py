"""Values into files: tables, exports, figures."""
