"""Closing the loop: what became of what customers told, how soon, and whom nobody has answered yet."""
