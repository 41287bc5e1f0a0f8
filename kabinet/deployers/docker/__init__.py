"""The deployer for a Docker engine."""
