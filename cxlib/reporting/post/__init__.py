"""Post: who is told that a report is there, or that it could not be made, and how. Opt-in, by the table `[post]` of a
report's definition."""
