"""Members log in with their address; a commission is known by a UUID; stock is on hand or spoken for."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class Member(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    address = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects: ClassVar[BaseUserManager[Member]] = BaseUserManager()

    USERNAME_FIELD = "address"
    EMAIL_FIELD = "address"


class Print(models.Model):
    slug = models.SlugField(primary_key=True)
    on_hand = models.IntegerField(default=0)
    promised = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(on_hand__gte=0, promised__gte=0), name="atelier_print_not_negative"
            )
        ]

    def __str__(self) -> str:
        return self.slug


class Commission(models.Model):
    uid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    member = models.ForeignKey(Member, on_delete=models.PROTECT)
    status = models.CharField(max_length=18, default="pending")
    currency = models.CharField(max_length=3, default="jpy")
    total = models.BigIntegerField()
    saved = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    paid_at = models.DateTimeField(null=True)
    intent = models.CharField(max_length=255, blank=True)


class Sheet(models.Model):
    commission = models.ForeignKey(Commission, on_delete=models.CASCADE, related_name="sheets")
    print = models.ForeignKey(Print, on_delete=models.PROTECT)
    copies = models.PositiveIntegerField()
    price = models.BigIntegerField()
    amount = models.BigIntegerField()
