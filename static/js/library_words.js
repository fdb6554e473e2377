// Words of Django's scripts that lack a Chinese of their own: named here, they are translated with ours.
// No page loads this; only `make messages` reads it (as helpdesk/library_words.py for the pages).
gettext("(click to clear)");
gettext("Choose %s by selecting them and then select the \"Choose\" arrow button.");
gettext("Choose all %s");
gettext("Choose selected %s");
gettext("Remove %s by selecting them and then select the \"Remove\" arrow button.");
gettext("Remove all %s");
gettext("Remove selected %s");
