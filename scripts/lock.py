"""Write requirements*.txt anew from requirements*.in: exact versions with hashes, no index address (`make lock`)."""

import subprocess
import sys
from pathlib import Path

from scripts.environment import PYTHON, ROOT, VAR, ensure_venv

UV = "uv==0.13.9"
OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes"]
# Where the packages came from is each machine's own affair.
QUIET = ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]


def main() -> int:
    """Lock both files with uv, kept apart from the product's packages; return the exit code."""
    ensure_venv("requirements-dev.txt")
    tool = str(VAR / "uv")
    install = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", tool]
    if not Path(tool, "bin", "uv").exists() and subprocess.run([*install, UV]).returncode:
        print("uv could not be fetched; pip's message is above.", file=sys.stderr)
        return 1
    for name in ("requirements", "requirements-dev"):
        files = [f"{name}.in", "--output-file", f"{name}.txt"]
        command = [f"{tool}/bin/uv", "pip", "compile", *OPTIONS, *QUIET, *files, *sys.argv[1:]]
        if subprocess.run(command, cwd=ROOT).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
