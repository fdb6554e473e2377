"""What a saved view asks for: its conditions read, said in words, and put to the database."""
