"""The report: one HTML file that shows an analysis, two side by side, or a comparison of many.

::

    view/               an analysis as the plain dict that the page draws
    comparison_view.py  a comparison as one
    page.py             that dict, the script and the style as one file
    summaries.py        what it tells without the script
    images.py           thumbnails of the classes
    assets/             templates; scripts and styles, which are built from ui/
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from semdepth.analysis import Analysis, StageProgress
from semdepth.comparison import Comparison
from semdepth.errors import OptionError
from semdepth.writing.report.comparison_view import comparison_title, comparison_view
from semdepth.writing.report.images import class_images
from semdepth.writing.report.page import html_page, is_page, notebook_cell
from semdepth.writing.report.view import view as view_of
from semdepth.writing.single_file import write_file

__all__ = ["Report", "write_report"]


@dataclass(frozen=True, eq=False, slots=True)
class Report:
    """One analysis, two, or a comparison of many as a page; a notebook's last line shows itself.

    ``analyses`` is one :class:`Analysis`, two, or a :class:`Comparison`; ``images`` a folder with
    a picture, or a folder of pictures, for each class, named as the class or its id (needs
    ``semdepth[images]``; a comparison shows no classes and takes none); ``command`` is told as the
    way to make the report again.

    >>> from semdepth.analysis import analyze
    >>> from semdepth.similarity import structural_from_cosine
    >>> cosine = [[1, 0.8, 0], [0.8, 1, 0.2], [0, 0.2, 1]]
    >>> pets = analyze(structural_from_cosine(["cat", "dog", "car"], cosine), title="pets")
    >>> Report(pets)
    Report('pets')
    """

    analyses: Analysis | tuple[Analysis, ...] | Comparison
    images: str | Path | None = None
    command: str | None = None

    def __post_init__(self):
        given = self.analyses
        if isinstance(given, Comparison):
            if self.images is not None:
                raise OptionError(
                    "expected a comparison without images, as its report shows no classes, found "
                    f"{str(self.images)!r}; leave it out"
                )
            return
        models = (given,) if isinstance(given, Analysis) else tuple(given)
        if not 1 <= len(models) <= 2 or not all(isinstance(one, Analysis) for one in models):
            raise OptionError(
                f"expected one analysis or two in a report, found {len(models)} values; "
                "pass an Analysis, a pair of them, or a Comparison"
            )
        object.__setattr__(self, "analyses", models)

    def __repr__(self) -> str:
        return f"Report({self.title!r})"

    def _repr_html_(self) -> str:
        return notebook_cell(self.html(), self.title)

    @property
    def title(self) -> str:
        if isinstance(self.analyses, Comparison):
            return comparison_title(self.analyses)
        return " and ".join(analysis.subject.title for analysis in self.analyses)

    def html(self, progress: StageProgress | None = None) -> str:
        """The whole page; ``progress(stage, done, total)`` is called while it is made."""
        if isinstance(self.analyses, Comparison):
            return html_page(comparison_view(self.analyses, command=self.command))
        images = None
        if self.images is not None:
            names = {row.label: row.id for analysis in self.analyses for row in analysis.classes}
            images = class_images(self.images, names, progress=progress)
        return html_page(
            view_of(self.analyses, images=images, command=self.command, progress=progress)
        )


def write_report(
    analysis: Analysis | tuple[Analysis, Analysis] | Comparison,
    path: str | Path,
    *,
    images: str | Path | None = None,
    command: str | None = None,
    inputs: Iterable[str | Path] = (),
    progress: StageProgress | None = None,
) -> Path:
    """Write an analysis, two side by side, or a comparison as one HTML file for offline reading.

    Of two, classes are aligned by name and those that both have are compared. ``images`` and
    ``command`` are those of :class:`Report`. All or nothing; an earlier report is replaced, a
    file of other origin or one of ``inputs`` is not (:class:`WriteError`). Returns the path.
    """
    made = Report(analysis, images, command)
    return write_file(path, made.html(progress).encode(), owns=_is_report, inputs=inputs)


def _is_report(path: Path) -> bool:
    """Whether an earlier report stands there."""
    with path.open("rb") as file:
        return is_page(file.read(2_000))
