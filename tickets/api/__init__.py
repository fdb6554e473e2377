"""The API's tickets: the same querysets and the same door as the pages."""
