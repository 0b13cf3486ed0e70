"""Turns files into values: checkpoints, confusions, taxonomies, labels."""
