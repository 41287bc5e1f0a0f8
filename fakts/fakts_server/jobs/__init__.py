"""Background work, three lines a job."""
