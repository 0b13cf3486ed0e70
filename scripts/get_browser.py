"""Gets a Chromium for the tests of the report, unless there is one.

python scripts/get_browser.py            install one where that can be done (Debian, Ubuntu)
python scripts/get_browser.py --check    only say whether there is one; exit code 1 if not
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from chromium import find_chromium

BY_HAND = (
    "expected a Chromium, found none; install Chromium or Chrome (Debian: apt-get install "
    "chromium; Fedora: dnf install chromium; macOS: brew install --cask chromium), or name one "
    "with SEMDEPTH_CHROMIUM=PROGRAM"
)


def install() -> None:
    """By apt, where that is allowed without asking anybody."""
    root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if shutil.which("apt-get") is None or (root and shutil.which("sudo") is None):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*root, "apt-get", "update", "-qq"], env=quiet)
    # The fonts show names in scripts and signs that the tests and many class lists have.
    packages = ["chromium", "fonts-noto-core", "fonts-noto-color-emoji"]
    subprocess.run([*root, "apt-get", "install", "-y", "-qq", *packages], env=quiet)


def main() -> int:
    if find_chromium() is None and "--check" not in sys.argv[1:]:
        install()
    found = find_chromium()
    print(found or BY_HAND, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
