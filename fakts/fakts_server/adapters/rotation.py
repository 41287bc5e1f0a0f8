"""The exchange of a refresh token, in one statement."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

# The update locks the row, so racing processes of one app take turns; the second finds it used, and
# within the grace gets a successor of its own. Whoever was revoked meanwhile gets none.
_ROTATE = """
    WITH used AS (
        UPDATE fakts_refresh_token SET used_at = COALESCE(used_at, %s)
        WHERE token_hash = %s AND revoked_at IS NULL AND (used_at IS NULL OR used_at >= %s)
        RETURNING client_id, chain, chain_started_at
    )
    INSERT INTO fakts_refresh_token
        (token_hash, client_id, chain, chain_started_at, issued_at, expires_at)
    SELECT %s, client_id, chain, chain_started_at, %s, %s FROM used
"""


def rotate(
    *,
    token_hash: str,
    successor_hash: str,
    now: datetime,
    used_since: datetime | None,
    ends: datetime,
) -> bool:
    """Mark a token as used and write its successor; False if it was not to be used any more.

    `used_since` is since when it may have been used; None means that it must be unused.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ROTATE, (now, token_hash, used_since, successor_hash, now, ends))
        written: int = cursor.rowcount
    return written == 1
