"""Who may do what, one rule a function."""
