"""Recordings through their representations and back, and a page that shows how faithful each is."""
