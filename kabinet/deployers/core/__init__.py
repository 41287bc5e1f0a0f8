"""What every deployer does, whatever runs the containers. Knows no engine and no client."""
