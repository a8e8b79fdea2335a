"""Webhook intake over HTTP: the contestants' servers, the events, and the clients that post them."""
