"""The commands: a private PostgreSQL that leaves nothing behind, translations without gettext, clear refusals."""

import gettext
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from scripts.check_messages import check_catalogue
from scripts.compile_messages import compile_all
from scripts.private_postgres import private_postgres

ROOT = Path(__file__).resolve().parent.parent
HEADER = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n'
)

pytestmark = pytest.mark.ground


def catalogue(folder: Path, body: str) -> Path:
    path = folder / "zh_Hans" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + body)
    return path


def test_a_private_server_answers_and_leaves_nothing_behind():
    with private_postgres() as url, psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT current_setting('data_directory'), current_setting('server_encoding')"
        ).fetchone()
    folder, encoding = row or ("", "")
    assert encoding == "UTF8"
    assert not Path(folder).exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_private_server_is_torn_down_when_the_work_fails():
    with pytest.raises(ZeroDivisionError), private_postgres() as url:
        raise ZeroDivisionError
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_stranger_on_this_machine_cannot_use_a_private_server():
    with private_postgres() as url, pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(re.sub(r":[^:@/]+@", ":guessed@", url))


def test_the_command_beside_a_private_server_gives_its_exit_code():
    command = [sys.executable, "-m", "scripts.private_postgres", "--", sys.executable, "-c"]
    script = "import os, sys; sys.exit(7 if os.environ['DATABASE_URL'].startswith('postgres://') else 1)"
    assert subprocess.run([*command, script], cwd=ROOT, timeout=60).returncode == 7


def test_a_busy_port_is_explained_before_anything_is_done():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "scripts.run"],
            cwd=ROOT, env=os.environ | {"PORT": str(port)}, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert result.returncode == 1
    assert f"Port {port} is taken" in result.stderr
    assert f"make run PORT={port + 1}" in result.stderr


def test_an_impossible_port_is_explained():
    command, environment = [sys.executable, "-m", "scripts.run"], os.environ | {"PORT": "http"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert "PORT=http is not a port" in result.stderr


def test_an_old_python_is_refused_with_the_fix(tmp_path):
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n')
    old.chmod(0o755)
    result = subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "python", "-m", "scripts.run"],
        cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 1
    assert "Python 3.11 or newer was not found (python3 is: Python 3.9.2)" in result.stderr


def test_catalogues_are_compiled_without_gettext_and_only_when_changed(tmp_path):
    body = 'msgid "Ticket"\nmsgstr "工单"\n\nmsgctxt "verb"\nmsgid "Open"\nmsgstr "打开"\n\n'
    plural = 'msgid "%(n)s ticket"\nmsgid_plural "%(n)s tickets"\nmsgstr[0] "%(n)s 张工单"\n'
    source = catalogue(tmp_path, body + plural)
    written = compile_all(tmp_path)
    assert written == [source.with_suffix(".mo")]
    with written[0].open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("Ticket") == "工单"
    assert compiled.pgettext("verb", "Open") == "打开"
    assert compiled.ngettext("%(n)s ticket", "%(n)s tickets", 5) == "%(n)s 张工单"
    assert compile_all(tmp_path) == []


@pytest.mark.parametrize(
    ("ours", "complaint"),
    [
        ("", "not in the catalogue: '%(n)s left'"),
        ('msgid "%(n)s left"\nmsgstr ""\n', "not translated: '%(n)s left'"),
        ('#, fuzzy\nmsgid "%(n)s left"\nmsgstr "还剩 %(n)s"\n', "fuzzy: '%(n)s left'"),
        ('msgid "%(n)s left"\nmsgstr "还剩 %(m)s"\n', "placeholders differ: '%(n)s left'"),
    ],
)
def test_an_incomplete_catalogue_is_refused(ours, complaint, tmp_path):
    fresh = catalogue(tmp_path / "fresh", 'msgid "%(n)s left"\nmsgstr ""\n')
    assert check_catalogue(catalogue(tmp_path / "ours", ours), fresh) == [complaint]


def test_a_string_that_is_gone_from_the_source_is_named(tmp_path):
    fresh, ours = (
        catalogue(tmp_path / "fresh", ""),
        catalogue(tmp_path / "ours", 'msgid "Old"\nmsgstr "旧"\n'),
    )
    assert check_catalogue(ours, fresh) == ["not in the source any more: 'Old'"]


def test_a_complete_catalogue_is_accepted(tmp_path):
    fresh = catalogue(tmp_path / "fresh", 'msgid "%(n)s left"\nmsgstr ""\n')
    ours = catalogue(tmp_path / "ours", 'msgid "%(n)s left"\nmsgstr "还剩 %(n)s"\n')
    assert check_catalogue(ours, fresh) == []


def test_no_server_of_ours_takes_the_one_control_socket_of_its_user():
    # gunicorn has one per user, so two of ours on one machine would quarrel over it.
    sources = [
        path for folder in ("scripts", "bench", "tests/browser") for path in (ROOT / folder).glob("*.py")
    ]
    starting = {path.name: path.read_text() for path in sources if '"gunicorn"' in path.read_text()}
    assert {"run.py", "screenshots.py", "system.py"} <= starting.keys()
    assert [name for name, text in starting.items() if "--no-control-socket" not in text] == []
