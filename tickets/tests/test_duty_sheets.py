"""Weeks as a spreadsheet, the hand-over sheet and the forecast."""

import csv
import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from staff.models import DutyEvent, Rota, ShiftChange, ShiftPattern, User
from tickets.desk.duty.forecast import expected_by_hour, lines_of
from tickets.desk.duty.spreadsheet import read_weeks, write_weeks
from tickets.desk.duty.week import TeamWeek, Week
from tickets.services import add_note, work_off_shift_ends

pytestmark = pytest.mark.ground

MONDAY = date(2026, 3, 2)
WEEK = [MONDAY + timedelta(days=number) for number in range(7)]


@pytest.fixture
def early(db) -> ShiftPattern:
    return ShiftPattern.objects.create(code="E", name="Early", begins=time(8), ends=time(16))


@pytest.fixture
def late(db) -> ShiftPattern:
    return ShiftPattern.objects.create(code="晚", name="Late", begins=time(16), ends=time(0))


@pytest.fixture
def rota(team, agent, colleague, early, late) -> Rota:
    made = Rota.objects.create(
        team=team, begins_on=MONDAY, time_zone="Asia/Shanghai", at_shift_end="hand_over"
    )
    for weekday in range(5):
        made.slots.create(weekday=weekday, pattern=early, user=agent)
        made.slots.create(weekday=weekday, pattern=late, user=colleague)
    return made


def cells(content: bytes) -> list[list[str]]:
    """What the first sheet holds, days as 2026-03-02."""
    rows = load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    return [[str(cell or "").removesuffix(" 00:00:00") for cell in row] for row in rows]


def saved(book: Workbook) -> bytes:
    output = BytesIO()
    book.save(output)
    return output.getvalue()


def filled(rows: list[list[object]]) -> Workbook:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book


def workbook(rows: list[list[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    output = StringIO()
    csv.writer(output, delimiter=delimiter).writerows(rows)
    return output.getvalue().encode(encoding)


@pytest.fixture
def send(client, lead, team, rota):
    """Sends a file, or the signed one that was looked at, to the import page, as the lead."""
    client.force_login(lead)
    address = reverse("tickets:duty-import", args=[team.pk, 2026, 10])

    def post(content: bytes = b"", **data):
        files = {"file": SimpleUploadedFile("weeks.csv", content)} if content else {}
        return client.post(address, {**files, **data})

    return post


@pytest.mark.usefixtures("rota")
def test_the_export_has_people_days_and_codes(client, agent, team, lead, colleague):
    User.objects.filter(pk=agent.pk).update(display_name="=1+1")
    client.force_login(agent)
    answer = client.get(reverse("tickets:duty-export", args=[team.pk, 2026, 10]))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="duty-{team.pk}-2026-W10.xlsx"'
    head, *rows = cells(answer.content)
    assert head[2:] == [str(MONDAY + timedelta(days=number)) for number in range(28)]
    by_email = {row[1]: row for row in rows}
    sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
    names = {row[0].value: row[0].data_type for row in sheet.iter_rows()}
    assert names["=1+1"] == "s"  # a text, not a formula
    assert by_email[agent.email][2:9] == ["E"] * 5 + [""] * 2
    assert by_email[colleague.email][2:5] == ["晚"] * 3
    assert not any(by_email[lead.email][2:])


@pytest.mark.usefixtures("rota")
def test_what_was_exported_changes_nothing(send, team):
    content = write_weeks(team, WEEK)
    reading = read_weeks(team, content)
    assert (reading.moves, reading.errors, reading.days) == ([], [], 7)
    answer = send(content)
    assert answer.status_code == 200
    assert "nothing to change" in answer.content.decode()


def changed_week(team, agent) -> bytes:
    """The agent works late on Monday, both on Tuesday, and on Saturday."""
    rows = cells(write_weeks(team, WEEK))
    row = next(row for row in rows if row[1] == agent.email)
    row[2], row[3], row[7] = "晚", "e + 晚", "E"
    return workbook(rows)


@pytest.mark.parametrize(("encoding", "delimiter"), [("gb18030", ","), ("utf-16", "\t"), ("utf-8-sig", ";")])
def test_whatever_a_spreadsheet_saves_is_read(encoding, delimiter, team, agent, rota):
    rows = [["人员", "电子邮件", "2026/3/2", "2026-03-03"], ["李伟", agent.email, "晚", "E"]]
    reading = read_weeks(team, workbook(rows, encoding, delimiter))
    assert (len(reading.moves), reading.errors, reading.days) == (2, [], 2)


def test_a_workbook_is_read_as_programs_save_it(team, agent, rota, late):
    ShiftPattern.objects.create(code="1", name="One", begins=time(8), ends=time(12))
    head = ["人员", "电子邮件", datetime(2026, 3, 2), date(2026, 3, 3), "2026/3/4", "2026-03-05"]
    reading = read_weeks(team, saved(filled([head, ["李伟", agent.email, "晚", 1, 1.0, " e "]])))
    assert (reading.errors, reading.days) == ([], 4)
    found = {(str(move.place.on)[-2:], move.place.pattern.code) for move in reading.moves if move.is_added}
    assert found == {("02", "晚"), ("03", "1"), ("04", "1")}


def test_formulas_merged_cells_and_errors_are_named_by_their_cells(send, team, agent):
    book = filled([
        ["", "", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"],
        ["Li Wei", agent.email, "E", "", "", "#N/A"],
    ])  # fmt: skip
    book.active.merge_cells("C2:E2")
    book.active["E3"] = "=1+1"
    reading = read_weeks(team, saved(book))
    assert {cell: text.split()[0] for cell, text in reading.errors if cell != "B3"} == {
        "C2": "Cells", "E3": "A", "F2": "The",
    }  # fmt: skip
    answer = send(saved(book))
    assert answer.status_code == 422
    for words in ("Cells are merged here", "A formula stands here", "shows an error here"):
        assert words in answer.content.decode()
    assert not ShiftChange.objects.exists()


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The workbook with some of its parts replaced, or others beside them."""
    output = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as before,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        known = {name: before.read(name) for name in before.namelist()}
        for name, data in (known | parts).items():
            after.writestr(name, data)
    return output.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = b"<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (letter + 1, b"&%c;" % letter * 40) for letter in range(ord("a"), ord("i"))
)


@pytest.mark.parametrize(
    "parts",
    [
        {SHEET: b"0" * 50_000_000},
        {f"xl/media/{number}": b"" for number in range(200)},
        {SHEET: ENTITIES + b"]><worksheet>&i;</worksheet>"},
        {SHEET: b"<worksheet><sheetData><row><c r='A1' t='s'><v>9</v></c></row></sheetData></worksheet>"},
        {SHEET: b"<worksheet"},
        {"xl/workbook.xml": b"<nothing/>"},
        {"[Content_Types].xml": b""},
    ],
    ids=["bomb", "parts", "entities", "no such string", "cut off", "no sheets", "no types"],
)
def test_a_broken_or_wicked_workbook_is_refused_in_words(parts, send):
    sent = repacked(saved(filled([["Person", "E-mail", "2026-03-02"]])), **parts)
    answer = send(sent)
    assert answer.status_code == 422
    assert "Export the weeks" in answer.content.decode()


def test_a_range_that_names_every_cell_costs_nothing(team):
    book = filled([["Person", "E-mail", "2026-03-02"]])
    content = saved(book)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        sheet = archive.read(SHEET)
    ranges = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    content = repacked(content, **{SHEET: sheet.replace(b"</sheetData>", b"</sheetData>" + ranges)})
    assert [cell for cell, _text in read_weeks(team, content).errors] == ["A1"]


def test_first_one_looks_then_one_agrees(send, team, agent, late, early):
    page = send(changed_week(team, agent))
    text = page.content.decode()
    assert "would change 4 shifts" in text
    assert "Li Wei no longer works “Early”" in text
    assert not ShiftChange.objects.exists()
    done = send(seen=page.context["seen"])
    assert done.status_code == 302
    assert set(ShiftChange.objects.values_list("on", "pattern", "user_out", "user_in")) == {
        (MONDAY, early.pk, agent.pk, None), (MONDAY, late.pk, None, agent.pk),
        (WEEK[1], late.pk, None, agent.pk), (WEEK[5], early.pk, None, agent.pk),
    }  # fmt: skip
    assert DutyEvent.objects.filter(kind="weeks_imported").count() == 1
    assert read_weeks(team, changed_week(team, agent)).moves == []


def test_who_agrees_to_an_old_look_looks_again(send, team, agent, late, lead):
    seen = send(changed_week(team, agent)).context["seen"]
    ShiftChange.objects.create(team=team, on=MONDAY, pattern=late, user_in=agent)
    answer = send(seen=seen)
    assert answer.status_code == 422
    assert "has changed since you looked" in answer.content.decode()
    assert ShiftChange.objects.count() == 1
    assert send(seen="forged").status_code == 422


def test_every_error_is_named_by_its_cell(send, team, agent, agent_of_another_team):
    head = ["Person", "E-mail", "2026-03-02", "soon", "2026-03-02"]
    rows = [
        head,
        ["Li Wei", agent.email, "E", "", "X + E"],
        ["Wang Fang", agent_of_another_team.email, "E"],
        ["Li Wei", agent.email.upper(), "E"],
        ["", "", "E"],
        ["", "", ""],
    ]
    reading = read_weeks(team, workbook(rows))
    assert [cell for cell, _text in reading.errors] == ["D1", "E1", "E2", "B3", "B4", "B5"]
    answer = send(workbook(rows))
    assert answer.status_code == 422
    for words in ("“soon” is no day", "“X” is no shift", "two rows", "E2"):
        assert words in answer.content.decode()
    assert not ShiftChange.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04\x00broken", b"\xff\xff\xff", b"x" * 1_000_001, b"\xd0\xcf\x11\xe0old"]
)
def test_what_is_no_spreadsheet_is_refused_in_words(content, send):
    answer = send(content)
    assert answer.status_code == 422
    assert "file" in answer.content.decode()


def test_a_refused_change_writes_nothing_at_all(send, team, agent):
    rows = cells(write_weeks(team, [MONDAY - timedelta(days=7), MONDAY]))
    for row in rows[1:]:
        if row[1] == agent.email:
            row[2], row[3] = "E", ""
    page = send(workbook(rows))
    answer = send(seen=page.context["seen"])
    assert answer.status_code == 422
    assert "no rota" in answer.content.decode()
    assert not ShiftChange.objects.exists()
    assert not DutyEvent.objects.exists()


@pytest.mark.usefixtures("rota")
def test_the_hand_over_sheet(client, agent, colleague, ticket_in, team):
    User.objects.filter(pk=colleague.pk).update(is_present=True)
    with time_machine.travel("2026-03-02T09:00:00+08:00", tick=False):
        ticket = ticket_in("assigned")
        add_note(ticket, "备件周三到。", actor=agent)
        add_note(ticket, "Due at noon.", actor=None)
    client.force_login(colleague)
    address = reverse("tickets:duty-handover", args=[team.pk])
    with time_machine.travel("2026-03-02T15:50:00+08:00", tick=False):
        page = client.get(address).content.decode()
    assert "goes off shift" in page
    assert "备件周三到。" in page
    # What the system wrote is no word from one shift to the next.
    assert "Due at noon." not in page
    assert "Handed on" not in page
    with time_machine.travel("2026-03-02T16:05:00+08:00", tick=False):
        work_off_shift_ends()
        page = client.get(address).content.decode()
    assert "Handed on" in page
    assert "Zhang Min" in page
    assert client.get(address, {"at": "nonsense"}).status_code == 200


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.usefixtures("rota")
def test_the_sheet_costs_the_same_queries_at_any_length(
    count, client, agent, ticket_in, team, django_assert_max_num_queries
):
    for _number in range(count):
        add_note(ticket_in("assigned"), "x", actor=agent)
    client.force_login(agent)
    client.get(reverse("tickets:duty-handover", args=[team.pk]))
    with django_assert_max_num_queries(17):
        client.get(reverse("tickets:duty-handover", args=[team.pk]))


def test_the_forecast_counts_by_weekday_and_hour_of_the_zone(
    client, ticket_in, team, rota, lead, agent, django_assert_num_queries
):
    for moment in (
        "2026-03-02T09:10",
        "2026-03-02T09:50",
        "2026-03-09T09:30",
        "2026-03-08T23:30",
        "2026-03-15T23:10",
        "2026-03-08T03:30",
        "2025-11-03T09:30",
    ):
        with time_machine.travel(f"{moment}:00+08:00", tick=False):
            ticket_in("classified")
    with time_machine.travel("2026-03-16T10:00:00+08:00", tick=False):
        with django_assert_num_queries(1):
            found = expected_by_hour(team, rota.zone)
        assert found == {(0, 9): 3 / 8, (6, 23): 2 / 8, (6, 3): 1 / 8}
        lines = lines_of(TeamWeek(team, Week.of(timezone.localdate()), lead))
        client.force_login(lead)
        page = client.get(reverse("tickets:duty-forecast", args=[team.pk, 2026, 12])).content.decode()
    nine = lines[9][1][0]
    assert (nine.expected, nine.people, nine.level) == (3 / 8, 1, 1)
    assert (lines[23][1][6].people, lines[23][1][6].level) == (0, 3)
    # One in eight weeks needs nobody at night.
    assert (lines[3][1][6].people, lines[3][1][6].level) == (0, 0)
    assert "0.4 / 1" in page


@pytest.mark.usefixtures("rota")
def test_the_sheets_speak_the_readers_language(client, lead, team):
    lead.language = "zh-hans"
    lead.save()
    client.force_login(lead)
    assert "交接单" in client.get(reverse("tickets:duty-handover", args=[team.pk])).content.decode()
    exported = client.get(reverse("tickets:duty-export", args=[team.pk, 2026, 10]))
    assert cells(exported.content)[0][:2] == ["人员", "电子邮件"]
