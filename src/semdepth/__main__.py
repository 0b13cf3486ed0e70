"""``python -m semdepth`` is the command ``semdepth``."""

from semdepth.cli import main

main()
