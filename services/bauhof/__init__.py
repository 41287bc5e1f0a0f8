"""Public face of the distribution: what other people's tests may import."""
