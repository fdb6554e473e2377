"""How far the applying of a change has come, for the page that shows it; the work itself needs it for nothing."""

import time
from typing import Any

from django.core.cache import cache

_KEPT_SECONDS = 86_400
# A worker that is alive finishes a batch in far less.
_SILENT_SECONDS = 120


class Progress:
    """The progress of one policy or calendar, in the cache that all processes share."""

    def __init__(self, what: str, pk: int) -> None:
        self._key = f"replay-{what}-{pk}"

    def begin(self, total: int) -> None:
        """Somebody has asked for it."""
        self._keep({"total": total, "moved": 0, "skipped": 0, "is_done": False})

    def count(self, moved: int, skipped: int, *, is_done: bool) -> None:
        """A batch is done."""
        data = cache.get(self._key) or {"total": moved + skipped, "moved": 0, "skipped": 0}
        data |= {"moved": data["moved"] + moved, "skipped": data["skipped"] + skipped, "is_done": is_done}
        self._keep(data)

    def read(self) -> dict[str, Any] | None:
        """What is known of it; None when nobody asked for it lately."""
        data = cache.get(self._key)
        if data is None:
            return None
        done = data["moved"] + data["skipped"]
        return data | {
            "done": done,
            "percent": 100 if data["is_done"] else min(99, done * 100 // max(1, data["total"])),
            "is_silent": not data["is_done"] and time.time() - data["at"] > _SILENT_SECONDS,
        }

    def _keep(self, data: dict[str, Any]) -> None:
        cache.set(self._key, data | {"at": time.time()}, _KEPT_SECONDS)
