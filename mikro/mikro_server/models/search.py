"""Full text of what people look for: a column PostgreSQL keeps, and its index."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Func, Value

from mikro_server.domain.text import WORD_BREAKS


def words_of(*columns: str) -> Any:
    """Make the generated column of the words in some columns, cut at every ASCII punctuation.

    The usual parser takes `cells_2024-01.czi` for one word, which nobody would type.
    """
    parts = [
        Func(
            F(column),
            Value(WORD_BREAKS),
            Value(" "),
            Value("g"),
            function="regexp_replace",
            output_field=models.TextField(),
        )
        for column in columns
    ]
    return models.GeneratedField(
        expression=SearchVector(*parts, config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
