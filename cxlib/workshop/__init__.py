"""The workshop: three scenes with sliders, to be shown in front of a room and taken home as one file."""
