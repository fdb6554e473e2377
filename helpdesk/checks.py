"""What is wrong with the configuration, each with what to do (`manage.py check`)."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register


@register()
def check_environment(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    """Every variable that cannot be used as it stands."""
    return [
        Error(f"{problem.name}: {problem.what}", hint=problem.hint, id="helpdesk.E001")
        for problem in settings.ENVIRONMENT_PROBLEMS
    ]
