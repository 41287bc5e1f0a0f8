"""The platform through the released clients: Kabinet, and fakts for the keys of containers."""
