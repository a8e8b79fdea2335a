"""A site without orders of its own: what Stripe says is all there is."""
