"""Thumbnails of the classes out of a folder of pictures, as data URIs."""

from __future__ import annotations

import base64
import io
import re
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path

from semdepth.analysis import StageProgress
from semdepth.class_names import listed
from semdepth.errors import DamagedFile, MissingExtra, ReadError
from semdepth.labels.words import normal

SIDE = 64
# What is read of a picture before anything is known of it, and what it may unfold to.
MOST_BYTES = 64 * 2**20
MOST_PIXELS = 64_000_000
# Pillow reads more, some of it (EPS) by starting other programs.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
# What Pillow's readers raise on bytes that do not hold together.
_DAMAGE = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError),
    *(OverflowError, ZeroDivisionError, struct.error),
)


def class_images(
    folder: str | Path,
    names: Mapping[str, str | None],
    *,
    progress: StageProgress | None = None,
) -> dict[str, str]:
    """A thumbnail of each class that the folder has a picture of, as a data URI by class name.

    ``names`` gives each class's id. An entry of the folder is a picture, or a folder whose first
    picture is taken; it is named as the class or its id, case and ``_`` or ``-`` for spaces
    aside, and an id may be followed by more (``n02085936-Maltese_dog``). Raises
    :class:`ReadError` for a folder without any, :class:`DamagedFile` for a file that is no
    picture. Needs ``semdepth[images]``.
    """
    folder = Path(folder)
    _pillow()
    found = _match(folder, names)
    if not found:
        raise ReadError(
            f"expected pictures in {folder} named as the classes ({listed(list(names))}), found "
            "none; name each file or folder as its class or the class's id (--images)"
        )
    images = {}
    for done, (label, path) in enumerate(found.items()):
        if progress is not None:
            progress("images", done, len(found))
        images[label] = _data_uri(path)
    return images


def _match(folder: Path, names: Mapping[str, str | None]) -> dict[str, Path]:
    """The picture of each class."""
    meant = {normal(i): label for label, i in names.items() if i is not None}
    meant |= {normal(label): label for label in names}
    found: dict[str, Path] = {}
    for entry in _entries(folder):
        is_folder = entry.is_dir()
        stem = entry.name if is_folder or not _is_picture(entry) else entry.stem
        label = meant.get(normal(stem)) or meant.get(re.split("[-_ .]", stem)[0].lower())
        path = _first_picture(entry) if is_folder else entry if _is_picture(entry) else None
        if label is None or path is None:
            continue
        if label in found:
            raise ReadError(
                f"expected one file or folder a class in {folder}, found {found[label].name!r} "
                f"and {path.name!r} for {label!r}; remove one"
            )
        found[label] = path
    return found


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise ReadError(
            f"expected a folder of pictures, found {str(folder)!r} unreadable "
            f"({error.strerror}); check the path (--images)"
        ) from None


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and path.is_file()


def _first_picture(folder: Path) -> Path | None:
    return next(filter(_is_picture, _entries(folder)), None)


def _data_uri(path: Path) -> str:
    """A square from the middle of a picture, 64 pixels a side, as WebP."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ReadError(
            f"expected a picture of at most {MOST_BYTES // 2**20} MB, found {path} with "
            f"{size / 2**20:,.0f} MB; give a smaller one"
        )
    small = _thumbnail(path)
    kind = "WEBP" if _has_webp() else "JPEG"
    stored = io.BytesIO()
    small.save(stored, kind, quality=70)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(stored.getvalue()).decode()}"


def _thumbnail(path: Path):
    image, ops = _pillow()
    try:
        with warnings.catch_warnings():
            # Pillow warns of damaged metadata, which is not used, and of bombs, which are measured.
            warnings.simplefilter("ignore")
            with image.open(path, formats=_FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise image.DecompressionBombError
                picture.draft("RGB", (2 * SIDE, 2 * SIDE))
                upright = ops.exif_transpose(picture).convert("RGBA")
                square = ops.fit(upright, (SIDE, SIDE), image.Resampling.LANCZOS)
                ground = image.new("RGBA", square.size, "white")
                return image.alpha_composite(ground, square).convert("RGB")
    except image.DecompressionBombError:
        raise ReadError(
            f"expected a picture of at most {MOST_PIXELS // 10**6} million pixels, found more in "
            f"{path}; give a smaller one"
        ) from None
    except _DAMAGE as error:
        raise DamagedFile(
            f"expected a picture ({', '.join(_FORMATS)}) in {path}, found none that can be read "
            f"({type(error).__name__}); replace it, or take it out of the folder"
        ) from None


def _has_webp() -> bool:
    from PIL import features

    return features.check("webp")


def _pillow():
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise MissingExtra("class pictures (--images)", "pillow", "images") from None
    return Image, ImageOps
