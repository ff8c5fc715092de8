"""Whether 95 % intervals hold the truth 95 times in 100: drawn from known truths. `make simulate-checks` runs it."""
