"""Speed, error and memory beside the peers, one script a subject."""
