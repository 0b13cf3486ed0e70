"""Figures as files: a drawing is made when its turn comes, and rendered in each format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from semdepth.errors import OptionError
from semdepth.writing.folder import File

FIGURE_FORMATS = ("png", "svg")

Drawing = tuple[str, Callable]
Progress = Callable[[str, int, int], None]


def known_formats(formats: Iterable[str]) -> tuple[str, ...]:
    """The formats, :class:`OptionError` for one that figures cannot have."""
    formats = tuple(formats)
    unknown = [form for form in formats if form not in FIGURE_FORMATS]
    if unknown:
        raise OptionError(
            f"expected figure formats out of {', '.join(FIGURE_FORMATS)}, found {unknown[0]!r}"
        )
    return formats


def rendered(
    drawings: Iterable[Drawing],
    formats: tuple[str, ...],
    progress: Progress | None = None,
    *,
    under: str = "",
) -> Iterator[File]:
    """Each drawing in each format, in a file of its name ``under`` a folder."""
    drawings = list(drawings) if formats else []
    for done, (name, draw) in enumerate(drawings):
        if progress is not None:
            progress("figures", done, len(drawings))
        drawn = draw()
        yield from ((f"{under}{name}.{form}", _bytes(drawn, form)) for form in formats)
    if progress is not None and drawings:
        progress("figures", len(drawings), len(drawings))


def _bytes(drawn, form: str) -> bytes:
    from semdepth.writing import figures

    return figures.render(drawn, form)
