"""Generated commerce histories over all families of events, and how they are played."""
