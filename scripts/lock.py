"""Write requirements*.txt anew from requirements*.in: exact versions with hashes, no index address (`make lock`)."""

import os
import subprocess
import sys

from scripts.environment import PYTHON, ROOT, ensure_venv


def main() -> int:
    """Lock both files with the newest uv that pip finds in a throwaway place; return the exit code."""
    ensure_venv("requirements-dev.txt")
    tool = ROOT / "var" / "uv"
    install = [PYTHON, "-m", "pip", "install", "--quiet", "--target", tool, "--upgrade", "uv==0.13.9"]
    if subprocess.run(install).returncode:
        print("uv could not be fetched; pip's message is above.", file=sys.stderr)
        return 1
    for name in ("requirements", "requirements-dev"):
        command = [
            tool / "bin" / "uv",
            "pip",
            "compile",
            "--universal",
            "--python-version",
            "3.11",
            "--generate-hashes",
        ]
        command += [
            "--no-header",
            "--no-annotate",
            "--no-emit-index-url",
            "--quiet",
            f"{name}.in",
            "-o",
            f"{name}.txt",
        ]
        if subprocess.run(
            [*command, *sys.argv[1:]], cwd=ROOT, env=os.environ | {"UV_NO_CONFIG": "1"}
        ).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
