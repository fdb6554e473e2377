"""Words of libraries that have no Chinese of their own, or an odd one: named here, they are translated with ours.

Only `make messages` reads this; the libraries look the words up in our catalogues first.
"""

from django.utils.translation import gettext_noop, pgettext_lazy

# django-axes
gettext_noop("access attempt")
gettext_noop("access attempts")
gettext_noop("access failure")
gettext_noop("access failures")
gettext_noop("access log")
gettext_noop("access logs")
gettext_noop("Access lock out")
gettext_noop("Attempt Time")
gettext_noop("Failed Logins")
gettext_noop("Form Data")
gettext_noop("GET Data")
gettext_noop("HTTP Accept")
gettext_noop("IP Address")
gettext_noop("Logout Time")
gettext_noop("Meta Data")
gettext_noop("POST Data")
gettext_noop("Path")
gettext_noop("Session key hash (sha256)")
gettext_noop("User Agent")
gettext_noop("Username")

# django-tasks
gettext_noop("Task Result")
gettext_noop("Task Results")
pgettext_lazy("Task", "Failed")
pgettext_lazy("Task", "Ready")
pgettext_lazy("Task", "Running")
pgettext_lazy("Task", "Successful")
gettext_noop("args kwargs")
gettext_noop("backend name")
gettext_noop("enqueued at")
gettext_noop("exception class path")
gettext_noop("finished at")
gettext_noop("queue name")
gettext_noop("return value")
gettext_noop("run after")
gettext_noop("started at")
gettext_noop("task path")
gettext_noop("traceback")
gettext_noop("worker id")

# django-allauth
gettext_noop("TOTP Authenticator")

# Django
gettext_noop(" By %(filter_title)s ")
gettext_noop("After you’ve created a user, you’ll be able to edit more user options.")
gettext_noop(
    "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able "
    "to authenticate using other backends, such as Single Sign-On or LDAP."
)
