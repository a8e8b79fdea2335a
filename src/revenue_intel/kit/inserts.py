"""Insert a row unless its key is taken, and know which of the two it was: one statement."""

from __future__ import annotations

from django.db import connections, router
from django.db.models import Model


def insert_if_absent(row: Model) -> bool:
    """Insert a row whose primary key is set; say whether it was inserted. One that is there stays as it is.

    A row that was inserted is ours until the transaction ends. Where another transaction is inserting the
    same key, this waits for its end.
    """
    model = type(row)
    using = router.db_for_write(model)
    connection = connections[using]
    fields = model._meta.local_concrete_fields
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    parameters = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        is_new: bool = cursor.rowcount == 1
    if is_new:
        row._state.adding, row._state.db = False, using
    return is_new
