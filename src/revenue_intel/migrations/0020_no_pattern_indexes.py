from django.db import migrations

#: Django makes a second index of each indexed text for LIKE 'x%' on PostgreSQL. We never ask so, and each write pays for it.
FIND = """
SELECT quote_ident(i.relname) FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.relname = ANY(%s) AND t.relnamespace = current_schema()::regnamespace AND i.relname LIKE '%%\\_like'
AND EXISTS (
  SELECT 1 FROM unnest(x.indclass) c(oid) JOIN pg_opclass o ON o.oid = c.oid
  WHERE o.opcname IN ('varchar_pattern_ops', 'text_pattern_ops')
)
"""


def drop_pattern_indexes(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    tables = [model._meta.db_table for model in apps.get_app_config("revenue_intel").get_models()]
    with connection.cursor() as cursor:
        cursor.execute(FIND, [tables])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):

    dependencies = [
        ('revenue_intel', '0019_customers_joined'),
    ]

    # Backwards they stay away: nothing needs them.
    operations = [migrations.RunPython(drop_pattern_indexes, migrations.RunPython.noop, elidable=False)]
