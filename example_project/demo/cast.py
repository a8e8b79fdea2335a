"""Who buys: people with a home currency, an appetite, and sometimes a second name at Stripe."""

from __future__ import annotations

import random
from dataclasses import dataclass

NEWCOMERS = 0.13  # share of orders that are somebody's first
TWO_NAMES = 0.03  # share of people whom Stripe knows twice
AMERICANS = 0.22

FIRST_NAMES = [
    "Agnes",
    "Alun",
    "Amara",
    "Bea",
    "Callum",
    "Chidi",
    "Clara",
    "Dev",
    "Edith",
    "Elias",
    "Esme",
    "Farah",
    "Fergus",
    "Freya",
    "Gwen",
    "Hamish",
    "Hana",
    "Idris",
    "Imogen",
    "Iris",
    "Jonah",
    "Kofi",
    "Lena",
    "Leo",
    "Lorna",
    "Mabel",
    "Malik",
    "Mina",
    "Nell",
    "Niamh",
    "Noor",
    "Oscar",
    "Owen",
    "Pearl",
    "Priya",
    "Ravi",
    "Rhona",
    "Rosa",
    "Ruth",
    "Sami",
    "Saskia",
    "Seren",
    "Tariq",
    "Theo",
    "Una",
    "Vera",
    "Wilf",
    "Yusuf",
    "Zara",
    "Zoe",
]
LAST_NAMES = [
    "Abara",
    "Ainslie",
    "Barrow",
    "Beck",
    "Bright",
    "Calder",
    "Carr",
    "Castellan",
    "Cole",
    "Dacre",
    "Drummond",
    "Ellery",
    "Farrow",
    "Finch",
    "Gale",
    "Ghosh",
    "Hale",
    "Hartley",
    "Holm",
    "Imrie",
    "Jory",
    "Kaur",
    "Keane",
    "Kerr",
    "Lowe",
    "Lund",
    "Marsh",
    "Mensah",
    "Moss",
    "Nair",
    "Nash",
    "Okoro",
    "Orme",
    "Penrose",
    "Quill",
    "Rahman",
    "Reid",
    "Rowan",
    "Sands",
    "Shaw",
    "Sol",
    "Tamar",
    "Thorne",
    "Tull",
    "Vane",
    "Wade",
    "Weir",
    "West",
    "Wren",
    "Yates",
]
TOWNS = {
    "GBP": (
        ("Whitby", "YO21 3PU", "United Kingdom"),
        ("Bristol", "BS1 4RN", "United Kingdom"),
        ("Leith", "EH6 6QN", "United Kingdom"),
        ("Falmouth", "TR11 3DF", "United Kingdom"),
        ("Cardiff", "CF10 4PA", "United Kingdom"),
        ("London", "SE10 9HT", "United Kingdom"),
    ),
    "USD": (
        ("Portland", "ME 04101", "United States"),
        ("Mystic", "CT 06355", "United States"),
        ("Seattle", "WA 98101", "United States"),
    ),
}
STREETS = [
    "Quay Street",
    "Harbour Row",
    "Rope Walk",
    "Signal Hill",
    "Custom House Lane",
    "Anchor Close",
    "Fish Stairs",
]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who buys, with the address things are sent to."""

    username: str
    first_name: str
    last_name: str
    email: str
    currency: str
    address: str
    town: str
    postcode: str
    country: str
    has_two_names: bool

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


class Cast:
    """The people so far; asked for one buyer after another, oldest order first."""

    def __init__(self, rng: random.Random) -> None:
        """Begin with the demo's own customer, who can log in and see past orders."""
        self._rng = rng
        self.people: list[Person] = []
        self._appetites: list[float] = []  # running sums
        self._add(
            username="customer", first_name="Cleo", last_name="Harbour", email="customer@harbour.example"
        )

    def next_buyer(self) -> Person:
        """Return who buys next: somebody new, or somebody who came back."""
        if self._rng.random() < NEWCOMERS:
            first, last = self._rng.choice(FIRST_NAMES), self._rng.choice(LAST_NAMES)
            username = f"{first}.{last}.{len(self.people)}".lower()
            return self._add(
                username=username, first_name=first, last_name=last, email=f"{username}@post.example"
            )
        return self._rng.choices(self.people, cum_weights=self._appetites)[0]

    def _add(self, *, username: str, first_name: str, last_name: str, email: str) -> Person:
        rng = self._rng
        currency = "USD" if self.people and rng.random() < AMERICANS else "GBP"
        town, postcode, country = rng.choice(TOWNS[currency])
        person = Person(
            username=username,
            first_name=first_name,
            last_name=last_name,
            email=email,
            currency=currency,
            address=f"{rng.randrange(1, 90)} {rng.choice(STREETS)}",
            town=town,
            postcode=postcode,
            country=country,
            has_two_names=bool(self.people) and rng.random() < TWO_NAMES,
        )
        self.people.append(person)
        appetite = min(rng.paretovariate(1.4), 9.0)
        self._appetites.append((self._appetites[-1] if self._appetites else 0.0) + appetite)
        return person
