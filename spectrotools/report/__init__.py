"""Recordings through representations and back, and a page that shows how faithful each is."""
