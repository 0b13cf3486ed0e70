"""The colours and sizes that all pictures share."""

# Similarity from 0 to 1. Lightness falls evenly (OKLab, .975 to .275) while the hue turns from
# green to blue, so that steps look equal, print in grey, and colour-blind readers lose nothing.
SIMILARITY = (
    "#f5f8ef",
    "#c1e5c3",
    "#81d1b3",
    "#3bb8af",
    "#009aac",
    "#007aa1",
    "#075a8c",
    "#203c6e",
    "#20224b",
)
# Lines lighter than this part of the map would be lost on white paper.
FAINTEST_LINE = 0.28

INK = "#1d2733"
MUTED = "#5d6976"
RULE = "#c9d0d8"
NODE = "#f0f3f6"
ROOM = "#ffffff"
STRONG = "#075a8c"
BAR = "#6fa8c4"
BAND = "#dfeaf2"
CHANCE = "#b4530a"

# Points. FAMILIES[0] comes with matplotlib, so that pictures are the same everywhere; it is as
# wide as any of the others, so that an SVG shown with another one has no label over another.
FAMILIES = ("DejaVu Sans", "Verdana", "Arial")
HEADING = 11.0
NAME = 9.0
NOTE = 8.0
SMALL = 7.0
