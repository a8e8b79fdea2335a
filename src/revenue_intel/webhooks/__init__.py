"""From signed bytes to a stored event, and from a stored event to its handler. Knows no domain."""
