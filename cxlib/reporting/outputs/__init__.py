"""What an executed notebook becomes: one module for each kind of file that a reader opens."""
