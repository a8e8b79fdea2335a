"""The numbers: what each means, and how it is read from the facts. Reads facts and nothing above."""
