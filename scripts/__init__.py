"""The project's own commands; the Makefile calls them."""
