"""Receiving mail: kept as it came, read in a process apart, and made into tickets."""
