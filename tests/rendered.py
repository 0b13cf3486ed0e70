"""Where the texts of a figure stand once it is rendered."""

import itertools

import matplotlib.text
from matplotlib.backends.backend_agg import FigureCanvasAgg

from semdepth.writing.figures.canvas import drawing


def text_boxes(figure, dpi):
    """Every text that is seen, with its box in pixels as rendered at ``dpi``."""
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(dpi)
    with drawing():
        canvas.draw()
        texts = figure.findobj(
            lambda a: (
                isinstance(a, matplotlib.text.Text) and a.get_visible() and a.get_text().strip()
            )
        )
        on = [t for t in texts if t.axes is None or t.axes.axison or t in t.axes.texts]
        return [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in on]


def assert_apart(figure, dpi=100):
    """No text leaves the page, and none lies over another."""
    boxes = text_boxes(figure, dpi)
    page = figure.bbox
    for text, box in boxes:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1
        assert inside, f"{text!r} leaves the page"
    for (a, one), (b, other) in itertools.combinations(boxes, 2):
        overlap = (
            one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
        )
        assert not overlap, f"{a!r} lies over {b!r}"
