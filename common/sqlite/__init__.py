"""Django's SQLite engine, with triggers that outlive a change of their table (ENGINE = "common.sqlite")."""
