"""Load public holidays and make-up working days into the business calendars."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from sla.holidays_seed import REGIONS
from sla.models import BusinessCalendar
from sla.services import HolidaysUnknown, LoadedYear, load_holidays


class Command(BaseCommand):
    help = (
        "Load public holidays and make-up working days into the business calendars that name a region. "
        "Running it again changes only what has been announced since; days entered by hand are kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--year",
            type=int,
            action="append",
            help="A year to load; may be given several times. Default: this year and the next.",
        )
        parser.add_argument(
            "--region",
            action="append",
            choices=REGIONS,
            help="Only calendars of this region; may be given several times. Default: all.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        this_year = timezone.localdate().year
        years = options["year"] or [this_year, this_year + 1]
        regions = options["region"] or REGIONS
        calendars = list(BusinessCalendar.objects.filter(region__in=regions))
        if not calendars:
            raise CommandError(
                f"No business calendar names a region of {', '.join(regions)}: choose one in the admin, "
                "under Business calendars, “public holidays of”."
            )
        for calendar in calendars:
            for year in years:
                try:
                    loaded = load_holidays(calendar, year)
                except HolidaysUnknown as error:
                    raise CommandError(str(error)) from error
                self._tell(calendar, year, loaded)

    def _tell(self, calendar: BusinessCalendar, year: int, loaded: LoadedYear) -> None:
        self.stdout.write(
            f"{calendar} {year}: {loaded.days} days, {loaded.working_days} of them worked; "
            f"{loaded.added} new, {loaded.changed} changed, {loaded.removed} removed, "
            f"{loaded.kept_by_hand} entered by hand."
        )
        if not loaded.has_make_up_days:
            self.stdout.write(
                self.style.WARNING(
                    f"  The make-up working days of {year} are not published yet. Update the package "
                    "“holidays” once they are, usually in November, and run this again."
                )
            )
