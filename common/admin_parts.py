"""Parts that the admins of several rooms are made of."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property

from common.zones import ZoneSelect

# Nobody leafs further than this; who looks for something older filters or searches.
MOST_COUNTED = 2000


class BoundedPaginator(Paginator):
    """Counts no further than MOST_COUNTED rows, so that a list of a million opens like a short one."""

    @cached_property
    def count(self) -> int:
        """How many rows there are to leaf through."""
        return min(self._counted, MOST_COUNTED)

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than are counted."""
        return self._counted > MOST_COUNTED

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows[: MOST_COUNTED + 1].count())


class ZonedAdmin(admin.ModelAdmin):
    """Rows with a time zone, which is chosen from a list."""

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "time_zone":
            kwargs["widget"] = ZoneSelect
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class LongListAdmin(admin.ModelAdmin):
    """A list that stays fast however long it grows: no total, no counts beside the filters."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 200


class ReadOnlyAdmin(LongListAdmin):
    """Rows to look at; whoever may view them may do nothing else here."""

    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
