"""A host's rows that are read without the ORM are what the ORM would have read; where it adds something, it is asked."""

from __future__ import annotations

import pytest
from django.db import models
from django.test.utils import isolate_apps

from revenue_intel.kit.plain import _saves_plainly, are_plain, is_plain, is_plain_key, read_owned, save_fields
from tests.factories import make_order, make_product
from tests.host.models import Order, OrderLine, Product, Variant

RELATED = ("product", "variant")


def columns_of(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.django_db
def test_lines_are_read_as_the_orm_reads_them(django_assert_num_queries):
    pen, mug = make_product("Pen", "1.00", stock=3), make_product("Mug", "9.50", stock=4)
    order = make_order("R1", [(pen, 1), (mug, 2)])
    make_order("R2", [(pen, 5)])
    blue = Variant.objects.create(product=mug, name="blue", price="9.75", stock=2)
    order.lines.filter(product=mug).update(variant=blue)
    wanted = list(order.lines.select_related(*RELATED).order_by("pk"))

    lines = read_owned(OrderLine, "order", order, related=RELATED)

    with django_assert_num_queries(0):
        for found, line in zip(lines, wanted, strict=True):
            assert columns_of(found) == columns_of(line)
            assert columns_of(found.product) == columns_of(line.product)
            assert (found.variant and columns_of(found.variant)) == (
                line.variant and columns_of(line.variant)
            )
            assert found.order is order
            assert (found._state.adding, found._state.db) == (False, "default")
    assert [line.variant for line in lines] == [None, blue]


@pytest.mark.django_db
def test_fields_are_written_as_save_writes_them():
    order = make_order("R1", [])
    before = order.updated_at
    order.status, order.email = "paid", "not written"

    save_fields(order, ["status", "updated_at"])

    found = Order.objects.get()
    assert (found.status, found.email) == ("paid", make_order("R2", []).email)
    assert before < found.updated_at == order.updated_at


@pytest.mark.django_db
@pytest.mark.parametrize("signal", [models.signals.pre_save, models.signals.post_save])
def test_who_listens_to_the_hosts_model_is_told(signal):
    told = []

    def listen(instance, update_fields, **_):
        told.append((instance.reference, set(update_fields)))

    order = make_order("R1", [])
    signal.connect(listen, sender=Order)
    try:
        save_fields(order, ["status"])
    finally:
        signal.disconnect(listen, sender=Order)
    assert told == [("R1", {"status"})]


@pytest.mark.django_db
def test_a_save_of_the_hosts_own_is_called(monkeypatch):
    called = []
    monkeypatch.setattr(Order, "save", lambda self, **given: called.append(given))
    _saves_plainly.cache_clear()
    try:
        save_fields(Order(reference="R1"), ["status"])
    finally:
        _saves_plainly.cache_clear()
    assert called == [{"update_fields": ["status"]}]


@pytest.mark.django_db
def test_an_order_without_lines_has_none():
    assert read_owned(OrderLine, "order", make_order("R1", []), related=RELATED) == []


def test_the_hosts_plain_models_are_read_so():
    assert is_plain_key(Order, "reference")
    assert are_plain(OrderLine, "order", RELATED)


def test_what_is_no_plain_key_is_asked_of_the_orm():
    assert not is_plain_key(Order, "id")  # a reference may be a number that no column holds
    assert not is_plain_key(Order, "email")  # two orders may have it
    assert not is_plain_key(Order, "no_such_field")
    assert not are_plain(OrderLine, "order", ("name",))
    assert not are_plain(OrderLine, "order", ("no_such_field",))


@isolate_apps("tests.host")
def test_a_manager_of_the_hosts_own_is_asked():
    class Hidden(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(is_gone=False)

    class Kept(models.Model):  # noqa: DJ008 - never shown
        key = models.CharField(max_length=9, unique=True)
        is_gone = models.BooleanField(default=False)
        objects = Hidden()

        class Meta:
            app_label = "host"

    assert not is_plain(Kept)
    assert not is_plain_key(Kept, "key")


@isolate_apps("tests.host")
def test_a_model_in_several_tables_and_a_proxy_are_left_to_the_orm():
    class Child(Product):
        extra = models.CharField(max_length=9, unique=True)

        class Meta:
            app_label = "host"

    class Same(Product):
        class Meta:
            app_label = "host"
            proxy = True

    class Line(models.Model):  # noqa: DJ008 - never shown
        order = models.ForeignKey(Order, on_delete=models.CASCADE)
        child = models.ForeignKey(Child, on_delete=models.CASCADE)

        class Meta:
            app_label = "host"

    assert not is_plain(Child)
    assert not is_plain(Same)
    assert not are_plain(Line, "order", ("child",))


@isolate_apps("tests.host")
def test_a_field_that_is_not_read_as_it_is_stored_is_left_to_the_orm():
    class Shape(models.TextField):
        def select_format(self, compiler, sql, params):
            return f"lower({sql})", params

    class Place(models.Model):  # noqa: DJ008 - never shown
        key = models.CharField(max_length=9, unique=True)
        shape = Shape()

        class Meta:
            app_label = "host"

    assert not is_plain_key(Place, "key")
