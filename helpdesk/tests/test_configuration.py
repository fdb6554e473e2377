"""Bad values in the environment are told one by one, with what to write instead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = {"SECRET_KEY": "a long enough key that is only for this one test, really", "DEBUG": "False"}
BAD = (
    ("DEBUG", "perhaps", "Write True or False."),
    ("DATABASE_URL", "mongodb://localhost/x", "Write it like sqlite:///"),
    ("EMAIL_URL", "pigeon://roof", "Write it like smtp://"),
    ("PUBLIC_URL", "help.example.com", "https://help.example.com"),
    ("UPLOAD_LIMIT_MB", "-3", "Try 20."),
    ("LANGUAGE_CODE", "klingon", "zh-hans, zh-hant, en"),
    ("SECRET_KEY", "", "secrets.token_urlsafe"),
    ("MAILBOX_KEY", "short", "secrets.token_urlsafe"),
    ("TIME_ZONE", "Beijing", "Asia/Shanghai"),
)


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env={**kept, **GOOD, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.ground
def test_a_good_environment_passes():
    assert check().returncode == 0


@pytest.mark.ground
def test_one_bad_value_stops_it_and_nothing_else_is_told():
    done = check(TIME_ZONE="Beijing")
    assert done.returncode != 0
    assert [name for name, _value, _hint in BAD if f"{name}:" in done.stderr] == ["TIME_ZONE"]


@pytest.mark.ground
def test_bad_values_are_told_all_at_once_each_with_its_fix():
    done = check(**{name: value for name, value, _hint in BAD})
    assert done.returncode != 0
    errors = done.stderr.split("?: ")[1:]
    for name, _value, hint in BAD:
        (error,) = [text for text in errors if f") {name}: " in text]
        assert hint in error.partition("HINT:")[2]
