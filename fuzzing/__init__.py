"""Broken files, thousands of them: `make fuzz`. Whatever is done to a file, cxlib reads it or says why not."""
