"""Orders are numbered; an article is counted on its own row, or on that of its size."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Article(models.Model):
    title = models.CharField(max_length=80)
    pieces = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.title


class Size(models.Model):
    article = models.ForeignKey(Article, on_delete=models.CASCADE)
    pieces = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.article} #{self.pk}"


class Purchase(models.Model):
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    state = models.CharField(max_length=3, default="NEW")
    money = models.CharField(max_length=3, default="EUR")
    goods_and_tax = models.DecimalField(max_digits=10, decimal_places=2)
    tax = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    postage = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    placed = models.DateTimeField(auto_now_add=True)
    touched = models.DateTimeField(auto_now=True)
    mail = models.EmailField()


class Position(models.Model):
    purchase = models.ForeignKey(Purchase, on_delete=models.CASCADE, related_name="positions")
    article = models.ForeignKey(Article, on_delete=models.PROTECT)
    size = models.ForeignKey(Size, on_delete=models.PROTECT, null=True)
    count = models.PositiveSmallIntegerField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    paid = models.DecimalField(max_digits=10, decimal_places=2)
