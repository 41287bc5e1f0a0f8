"""The smallest service that stands on the chassis; the subject of the chassis' own tests."""
