"""The customer journey: its stages and weakest link, the canvas of its steps, and the departments behind it."""
