"""Our own S3 server over a folder: `python -m chassis.objectstore.front --uds PATH`.

Stateless checks (`auth`), strict parsing (`head`, `payload`, `xml`), one thread per request in
flight (`server`), objects as single files that appear whole or not at all (`folder`, `uploads`).
"""
