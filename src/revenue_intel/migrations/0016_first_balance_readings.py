from django.db import migrations


def read_so_far(apps, schema_editor):
    """Keep how far each balance has been read, as if recorded when that reading began."""
    cursors = apps.get_model("revenue_intel", "BalanceCursor").objects.using(schema_editor.connection.alias)
    readings = apps.get_model("revenue_intel", "BalanceReading").objects.using(schema_editor.connection.alias)
    readings.bulk_create(
        readings.model(
            livemode=cursor.livemode,
            account=cursor.account,
            complete_since=cursor.complete_since,
            complete_until=cursor.complete_until,
            recorded_at=cursor.complete_until,
        )
        for cursor in cursors.all()
    )


class Migration(migrations.Migration):

    dependencies = [
        ('revenue_intel', '0015_balance_readings'),
    ]

    operations = [migrations.RunPython(read_so_far, migrations.RunPython.noop, elidable=True)]
