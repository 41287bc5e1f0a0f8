"""HTTP doors: OAuth endpoints and the pages people see."""
