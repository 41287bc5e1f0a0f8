"""The Rekuest broker: actions, agents, tasks and their events."""
