"""The JSON interface. The only room that knows Django REST framework."""
