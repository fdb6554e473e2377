"""Put right what needs no thought: import order, line breaks, templates (`make format`)."""

import subprocess
import sys

from scripts.environment import ROOT
from scripts.lint import BIN, python_sources, templates


def main() -> int:
    """Run the formatters; return the worst exit code."""
    commands = [
        [str(BIN / "ruff"), "check", "--fix", "--quiet", "--exit-zero", *python_sources()],
        [str(BIN / "ruff"), "format", "--quiet", *python_sources()],
    ]
    if templates():
        commands.append([str(BIN / "djade"), "--target-version", "5.2", *templates()])
    # djade answers 1 when it rewrote a file; running it again tells whether anything is left.
    codes = [subprocess.run(command, cwd=ROOT).returncode for command in commands]
    if codes[-1] and templates():
        codes[-1] = subprocess.run(commands[-1], cwd=ROOT).returncode
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
