"""Bring the front-end packages into static/vendor/, checked against scripts/vendor_frontend.json.

    python scripts/vendor_frontend.py            fetch the locked versions again
    python scripts/vendor_frontend.py --update   after changing a version below: write new checksums

Needs npm; the result is checked in, so nobody who only runs the product does.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
LOCK = ROOT / "scripts" / "vendor_frontend.json"
TEXT = {".css", ".js"}


class Package(NamedTuple):
    """One npm package at one version, and the files of it that we serve (source in the package → name here)."""

    name: str
    version: str
    files: dict[str, str]


PACKAGES = [
    Package(
        "bootstrap",
        "5.3.9",
        {
            "dist/css/bootstrap.min.css": "bootstrap.min.css",
            "dist/js/bootstrap.bundle.min.js": "bootstrap.bundle.min.js",
            "LICENSE": "LICENSE",
        },
    ),
    Package(
        "bootstrap-icons",
        "1.13.2",
        {
            "font/bootstrap-icons.min.css": "bootstrap-icons.min.css",
            "font/fonts/bootstrap-icons.woff2": "fonts/bootstrap-icons.woff2",
            "LICENSE": "LICENSE",
        },
    ),
    Package("chart.js", "4.6.1", {"dist/chart.umd.min.js": "chart.umd.min.js", "LICENSE.md": "LICENSE.md"}),
    Package(
        "tom-select",
        "2.6.2",
        {
            "dist/css/tom-select.bootstrap5.min.css": "tom-select.bootstrap5.min.css",
            "dist/js/tom-select.complete.min.js": "tom-select.complete.min.js",
            "LICENSE": "LICENSE",
        },
    ),
]


def sha256(data: bytes) -> str:
    """Return the hex digest of the bytes."""
    return hashlib.sha256(data).hexdigest()


def cleaned(data: bytes) -> bytes:
    """Return a text file without its source map line and without the old .woff beside the .woff2."""
    text = data.decode()
    # A map that is not shipped makes collectstatic's manifest fail, and so does a font that is not.
    text = re.sub(
        r"^\s*(?://[#@] ?sourceMappingURL=.*|/\*[#@] ?sourceMappingURL=.*?\*/)\s*$", "", text, flags=re.M
    )
    text = re.sub(r""",\s*url\(["']?[^)"']*\.woff(?:\?[^)"']*)?["']?\)\s*format\(["']woff["']\)""", "", text)
    return (text.rstrip() + "\n").encode()


def packed(package: Package, folder: Path) -> Path:
    """Fetch the package with npm and return the path of its archive."""
    wanted = f"{package.name}@{package.version}"
    try:
        result = subprocess.run(
            ["npm", "pack", wanted, "--silent", "--ignore-scripts"],
            cwd=folder,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    except FileNotFoundError:
        sys.exit("npm is not installed. Install Node.js (Debian: apt-get install npm) and try again.")
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"npm could not fetch {wanted} (exit code {error.returncode}). Is the npm registry reachable?"
        )
    return folder / result.stdout.split()[-1]


def fetched(package: Package, lock: dict, update: bool) -> dict[str, bytes]:
    """Return the package's files by their name here; stop when the archive is not the locked one."""
    with tempfile.TemporaryDirectory() as folder:
        archive = packed(package, Path(folder))
        digest = sha256(archive.read_bytes())
        if not update and lock["archives"].get(f"{package.name}@{package.version}") != digest:
            sys.exit(
                f"{package.name}@{package.version}: the archive's sha256 {digest} is not the one in {LOCK.name}. "
                "If you changed the version on purpose, run this script with --update and read the diff."
            )
        lock["archives"][f"{package.name}@{package.version}"] = digest
        with tarfile.open(archive) as tar:
            files = {}
            for source, target in package.files.items():
                member = tar.extractfile(f"package/{source}")
                if member is None:
                    sys.exit(f"{package.name}@{package.version} has no file {source}.")
                data = member.read()
                files[target] = cleaned(data) if Path(target).suffix in TEXT else data
    return files


def main() -> None:
    """Fetch, check and write every package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write new checksums instead of checking them")
    update = parser.parse_args().update
    lock = {"archives": {}, "files": {}} if update else json.loads(LOCK.read_text())
    everything = {
        f"{package.name}/{target}": data
        for package in PACKAGES
        for target, data in fetched(package, lock, update).items()
    }
    digests = {name: sha256(data) for name, data in everything.items()}
    if update:
        lock["files"] = digests
        LOCK.write_text(json.dumps(lock, indent=2, sort_keys=True) + "\n")
    elif digests != lock["files"]:
        sys.exit(f"The files do not match {LOCK.name}. Run with --update and read the diff.")
    shutil.rmtree(VENDOR, ignore_errors=True)
    for name, data in everything.items():
        path = VENDOR / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"{len(everything)} files in {VENDOR.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
