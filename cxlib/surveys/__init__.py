"""A survey as it came in: its questions, who answered them, and how the answers are spread."""
