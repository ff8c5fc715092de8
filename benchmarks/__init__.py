"""Speed as ratios: each figure against its named peer, in turn, in the same run. `make bench` prints them."""
