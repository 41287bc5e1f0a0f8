"""The commands of `bauhof`, one module for each group."""
