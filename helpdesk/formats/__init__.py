"""How days and moments are written, where Django's own way is long or cannot be told from another country's."""
