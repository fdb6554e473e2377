"""The desk's pages about who works when."""
