"""What drives a score: how much of its variance each driver explains."""
