"""How fast the product is, measured as a user's browser meets it (`make bench`)."""
