"""What happened, in money: payments, refunds, the ledger, orders and lines, customers, funnel steps.

Facts are written by the order commands and read by the KPIs. They hold opaque customer keys;
personal data lives in the identity table alone.
"""
