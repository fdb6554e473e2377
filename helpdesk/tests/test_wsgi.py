"""What a web process has done before its first visitor comes."""

import os
import subprocess
import sys

import pytest

from scripts.environment import ROOT

pytestmark = pytest.mark.ground

LOOK = "import gc, sys, helpdesk.wsgi; print('tickets.urls' in sys.modules, gc.get_freeze_count() > 50_000)"


def test_the_pages_are_there_and_the_collector_leaves_them_alone():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    run = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True", "True"]
