"""The three scenes as panels with a kernel behind them: every position of every slider, on the study itself."""
