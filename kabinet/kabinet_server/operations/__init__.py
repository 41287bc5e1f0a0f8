"""Writes of the kabinet service: the transaction inside, publishing after the commit."""
