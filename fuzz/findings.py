"""What went wrong: each place told once, with the smallest input that leads there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from fuzz.samples import Sample

NO_NAME = re.compile(r"[^\w.]+")


class Findings:
    """The findings of a run, written below `folder` as they come."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.times: dict[str, int] = {}
        self._sizes: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.times)

    def add(self, sample: Sample, told: dict, made_by: str) -> None:
        """Keep an input that failed, unless a smaller one did in the same way."""
        name = _name(sample, told)
        self.times[name] = self.times.get(name, 0) + 1
        if sample.size >= self._sizes.get(name, sample.size + 1):
            return
        self._sizes[name] = sample.size
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        (place / "input").mkdir(parents=True)
        sample.write(place / "input")
        lines = [f"{told['finding']}: {told['told']}", f"{sample.format}, {sample.name}, {made_by}"]
        text = "\n".join([*lines, "", told.get("traceback", "")])
        (place / "finding.txt").write_text(text, encoding="utf-8", errors="backslashreplace")


def _name(sample: Sample, told: dict) -> str:
    kind = told["told"].split(":")[0].split("(")[0][:40]
    parts = (sample.format, told["finding"], kind, told.get("place", ""))
    return NO_NAME.sub("-", "-".join(parts)).strip("-")
