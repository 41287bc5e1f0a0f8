"""The app store: repositories, releases, flavours, deployments and pods."""
