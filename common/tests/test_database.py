import pytest
from django.db import IntegrityError, connection, migrations, models, transaction

from common.database import (
    STAMP_OF_ALL,
    DatabaseRule,
    applied_rules,
    configuration_stamp_trigger,
    missing_rules,
    stamp_id,
    status_moves_trigger,
    write_once,
)
from common.search import SearchIndex

MOVES = status_moves_trigger(
    "common_job",
    "status",
    [("new", "open"), ("open", "done"), ("done", "open"), ("it's", "new")],
    "job_moves",
)


@pytest.fixture
def jobs(workshop):
    """A table of jobs whose status moves are watched."""
    workshop.apply(
        migrations.CreateModel(
            "Job",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("status", models.CharField(max_length=10)),
                ("note", models.TextField(default="")),
            ],
        ),
        MOVES,
    )
    kept = len(workshop.done)
    yield workshop.model("job").objects.all()
    while len(workshop.done) > kept - 2:
        workshop.take_back()


@pytest.mark.parametrize("old", ["new", "open", "done", "it's"])
@pytest.mark.parametrize("new", ["new", "open", "done", "it's"])
def test_only_the_listed_moves_are_made(old, new, jobs):
    job = jobs.create(status=old)
    if old == new or (old, new) in {("new", "open"), ("open", "done"), ("done", "open"), ("it's", "new")}:
        assert jobs.filter(pk=job.pk).update(status=new, note="%") == 1
        assert jobs.get().status == new
    else:
        with pytest.raises(IntegrityError, match="job_moves"), connection.cursor() as cursor:
            cursor.execute("UPDATE common_job SET status = %s", [new])
        assert jobs.get().status == old


def test_other_columns_change_freely(jobs):
    jobs.create(status="done")
    assert jobs.update(note="again") == 1


def test_a_rule_is_replaced_by_the_next_one_of_its_name(jobs, workshop):
    workshop.apply(status_moves_trigger("common_job", "status", [("new", "done")], "job_moves"))
    jobs.create(status="new")
    with pytest.raises(IntegrityError, match="job_moves"):
        jobs.update(status="open")
    assert jobs.update(status="done") == 1


def test_a_rule_taken_back_is_gone(jobs, workshop):
    workshop.take_back()
    jobs.create(status="done")
    assert jobs.update(status="new") == 1
    assert missing_rules(connection, [("common", MOVES)]) == ["trigger job_moves"]
    workshop.apply(MOVES)


def test_a_write_once_table_takes_rows_and_keeps_them(jobs, workshop):
    workshop.apply(write_once("common_job", "jobs_are_written_once"))
    job = jobs.create(status="new")
    with pytest.raises(IntegrityError, match="jobs_are_written_once"):
        jobs.update(note="changed")
    with pytest.raises(IntegrityError, match="jobs_are_written_once"):
        job.delete()
    assert list(jobs.values_list("status", "note")) == [("new", "")]


@pytest.fixture(params=[STAMP_OF_ALL, stamp_id("common_job")], ids=["of all", "of the table"])
def stamp(request, jobs, workshop):
    """Reads a stamp that changes with every job; those of the other tables are given back."""
    workshop.apply(configuration_stamp_trigger("common_job"))
    stamps = "catalog_configurationstamp"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, stamp FROM {stamps}")
        kept = cursor.fetchall()

    def read() -> str | None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT stamp FROM {stamps} WHERE id = {request.param}")
            return (cursor.fetchone() or [None])[0]

    yield read
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {stamps}")
        cursor.executemany(f"INSERT INTO {stamps} (id, stamp) VALUES (%s, %s)", kept)


def test_every_kind_of_change_gives_a_new_stamp(stamp, jobs):
    seen = [stamp()]
    jobs.create(status="new")
    seen.append(stamp())
    jobs.update(note="x")
    seen.append(stamp())
    jobs.model.objects.bulk_create([jobs.model(pk=jobs.get().pk, status="new")], ignore_conflicts=True)
    jobs.model.objects.bulk_create([jobs.model(status="new")], ignore_conflicts=True)
    seen.append(stamp())
    jobs.all().delete()
    seen.append(stamp())
    assert len(set(seen)) == 5
    assert all(len(value) >= 32 for value in seen[1:])


def test_the_stamp_is_made_again_where_its_row_was_lost(stamp, jobs):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_configurationstamp")
    jobs.create(status="new")
    assert stamp()


def test_a_rolled_back_change_leaves_the_stamp(stamp, jobs):
    jobs.create(status="new")
    before = stamp()
    with transaction.atomic():
        jobs.update(note="x")
        transaction.set_rollback(True)
    assert stamp() == before


def test_the_rules_survive_every_change_of_their_table(stamp, jobs, workshop):
    rules = [
        ("common", operation) for operation, _, _ in workshop.done if isinstance(operation, DatabaseRule)
    ]
    rules.append(("common", SearchIndex("job", field="note")))
    workshop.apply(
        rules[-1][1],
        migrations.AddField("job", "place", models.CharField(max_length=20, default="here")),
        migrations.AlterField("job", "note", models.TextField(default="none")),
        migrations.AddConstraint(
            "job", models.CheckConstraint(condition=~models.Q(place=""), name="job_has_a_place")
        ),
        migrations.RenameField("job", "place", "site"),
    )
    assert missing_rules(connection, rules, workshop.state.apps) == []
    job = workshop.model("job").objects.create(status="new")
    before = stamp()
    with pytest.raises(IntegrityError, match="job_moves"):
        workshop.model("job").objects.update(status="done")
    job.delete()
    assert stamp() != before


def test_a_table_that_triggers_of_others_write_to_can_be_changed(jobs, workshop):
    log = [("id", models.BigAutoField(primary_key=True)), ("text", models.CharField(max_length=10))]
    words = "INSERT INTO common_log (text) VALUES (NEW.status)"
    workshop.apply(
        migrations.CreateModel("Log", log),
        DatabaseRule(
            "job_log",
            postgresql=(
                [
                    (
                        "CREATE FUNCTION job_log() RETURNS trigger LANGUAGE plpgsql AS "
                        f"$$ BEGIN {words}; RETURN NEW; END $$"
                    ),
                    'CREATE TRIGGER "job_log" AFTER INSERT ON common_job FOR EACH ROW EXECUTE FUNCTION job_log()',
                ],
                ["DROP TRIGGER job_log ON common_job", "DROP FUNCTION job_log()"],
            ),
            sqlite=(
                [f'CREATE TRIGGER "job_log" AFTER INSERT ON common_job BEGIN {words}; END'],
                ["DROP TRIGGER job_log"],
            ),
        ),
        migrations.AlterField("log", "text", models.CharField(max_length=80)),
    )
    jobs.create(status="new")
    assert workshop.model("log").objects.get().text == "new"


def test_a_lost_trigger_and_a_lost_index_are_named(jobs, workshop):
    index = ("common", SearchIndex("job", field="note"))
    workshop.apply(index[1])
    assert missing_rules(connection, [("common", MOVES), index], workshop.state.apps) == []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER common_job_fts_update")
            cursor.execute("DROP TRIGGER job_moves")
            lost = ["trigger common_job_fts_update", "trigger job_moves"]
        else:
            cursor.execute("ALTER TABLE common_job DROP COLUMN search_vector")
            cursor.execute("ALTER TABLE common_job DISABLE TRIGGER job_moves")
            lost = ["column common_job.search_vector", "trigger job_moves"]
    assert missing_rules(connection, [("common", MOVES), index], workshop.state.apps) == lost
    workshop.apply(index[1], MOVES)
    assert missing_rules(connection, [("common", MOVES), index], workshop.state.apps) == []


@pytest.mark.django_db
def test_nothing_that_the_migrations_installed_is_missing():
    assert applied_rules(connection)
    assert missing_rules(connection) == []
