"""Names, streets and cities to draw from, one pool a locale. Names are those of Faker's tables, then invented ones."""

import bisect
import importlib
import itertools
import random
import unicodedata

import places
import words

WOMENS = {  # how a man's surname ends and a woman's does
    "pl": (("ski", "ska"), ("cki", "cka"), ("dzki", "dzka")),
    "cs": (("ý", "á"), ("ek", "ková"), ("ec", "cová"), ("a", "ová"), ("", "ová")),
    "ru": (("skiy", "skaya"), ("ov", "ova"), ("ev", "eva"), ("in", "ina")),
    "el": (("os", "ou"), ("is", "i"), ("as", "a")),
}


COVERED = {"es": 0.75, "pt": 0.75, "da": 0.6, "zh": 0.9, "in": 0.5, "ja": 0.4, "ar": 0.4}


def womans(surname, language):
    """A surname as a woman bears it."""
    for mans, hers in WOMENS.get(language, ()):
        if surname.endswith(mans) and not surname.endswith(hers):
            return surname[: len(surname) - len(mans)] + hers
    return surname


def romanised(text):
    """Greek and Cyrillic in Latin letters."""
    letters = []
    for letter in text:
        low = letter.lower()
        latin = words.GREEK.get(low, words.CYRILLIC.get(low, letter))
        letters.append(latin.capitalize() if low != letter and latin != letter else latin)
    return "".join(letters)


def fold(text):
    """Without accents."""
    if text.isascii():
        return text
    text = text.translate(FOLDED)
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


FOLDED = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "ı": "i",
        "ª": "a",
        "º": "o",
        "´": "'",
        "’": "'",
    }
)


def listed(locale, *tables):
    """The names of some of Faker's tables, sorted, each once."""
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    names = itertools.chain.from_iterable(getattr(provider, name, None) or () for name in tables)
    return sorted(
        {
            romanised(str(name)).strip(" -")
            for name in names
            if str(name).strip() and not set(str(name)) & set("(.") and " I" not in str(name)
        }
    )


class Ranked:
    """Names whose frequency falls with their rank."""

    def __init__(self, names, slope):
        self.names = names
        self.sums = list(itertools.accumulate((rank + 2) ** -slope for rank in range(len(names))))

    def draw(self, luck):
        return self.names[bisect.bisect(self.sums, luck.random() * self.sums[-1])]


class Inventor:
    """Makes up names that look like the given ones: each letter follows from the two or three before it."""

    def __init__(self, names, key):
        self.key, self.real, self.known, self.after = key, names, {}, {}
        # Three letters of a hundred names lead back to the same hundred.
        self.order = 3 if len(names) >= 300 else 2
        self.taken = set(names)
        for name in names:
            text = "^" * self.order + name.lower() + "$"
            for at in range(self.order, len(text)):
                self.after.setdefault(text[at - self.order : at], []).append(text[at])

    def name(self, number):
        """The invented name of a number."""
        if number not in self.known:
            luck = random.Random(f"{self.key} {number}")
            tries = (self._try(luck) for _ in range(16))
            name = next((name for name in tries if name and name not in self.taken), None)
            self.known[number] = name or luck.choice(self.real)
            self.taken.add(self.known[number])
        return self.known[number]

    def _try(self, luck):
        text = "^" * self.order
        while len(text) < 16:
            letter = luck.choice(self.after[text[-self.order :]])
            if letter == "$":
                name = text[self.order :].strip()
                return name.title() if len(name) > 3 and name[-1].isalpha() else None
            text += letter
        return None


def rare(language, known, odds):
    """The share of people whose surname is not in the table, as the mix has it.

    A few hundred names are three quarters of Spain and Portugal, and a quarter of Norway.
    """
    covered = COVERED.get(language) or min(0.45, 0.15 + known / 2500)
    left = (1 - covered) / covered * odds
    return left / (1 + left)


class Pool:
    """Everything that is drawn for one locale."""

    def __init__(self, row, mix, seed):
        self.locale, self.country, self.language, self.dial, trunk = row[:5]
        self.trunk = "" if trunk == "-" else trunk
        self.mobiles, self.landlines = row[5].split(","), row[6].split(",")
        self.postcode, self.two = row[7], row[8] == "two"
        luck = random.Random(f"{mix.name} {seed} {self.locale}")
        men, women, surnames = self._names()
        self.nicknames = nicknames(self.language)
        self.given = [Ranked(self._by_rank(names, luck), mix.given_slope) for names in (men, women)]
        luck.shuffle(surnames)
        self.surnames = Ranked(surnames, mix.surname_slope)
        self.inventor = Inventor(surnames, f"{seed} {self.locale}")
        self.tail, self.rare = mix.tail, rare(self.language, len(surnames), mix.rare_surname)
        self.cities = Ranked(places.cities(self.country), 0.8)
        self.villages = Inventor(
            [city for city, _ in self.cities.names] + surnames[:60], f"{seed} {self.locale} village"
        )
        self.street_kinds, self.street_names = places.streets(self.language)
        self.providers = places.providers(self.language, self.country)
        self.halves = [part.split(",") for part in words.SECOND_HALVES.get(self.language, ("", ""))]
        self.particles = words.PARTICLES.get(self.language, "").split(",")

    def _names(self):
        if self.locale in words.FOREIGN_NAMES:
            return [text.split() for text in words.FOREIGN_NAMES[self.locale]]
        locale = {"en_AU": "en_GB", "en_CA": "en_US"}.get(self.locale, self.locale)
        men = listed(locale, "first_names_male")
        women = listed(locale, "first_names_female")
        surnames = listed(locale, "last_names_male") or listed(
            locale, "last_names", "unisex_last_names", "male_last_names"
        )
        heads = [line[0] for line in words.table(words.NICKNAMES.get(self.language, "")) if " " not in line[0]]
        known = {fold(name) for name in men + women}
        for head in heads:
            if fold(head) not in known:
                (women if fold(head)[-1] in "ae" else men).append(head)
        return men, women, surnames

    def _by_rank(self, names, luck):
        """Names in order of frequency: those that people have short forms of are mostly frequent ones."""
        return sorted(names, key=lambda name: luck.random() * (0.35 if fold(name).lower() in self.nicknames else 1))

    def surname(self, luck):
        """A surname: from the table, or one of the long tail."""
        if luck.random() < self.rare:
            return self.inventor.name(int(self.tail * luck.random() ** 1.8))
        return self.surnames.draw(luck)

    def city(self, luck):
        """A city and the beginning of its post codes."""
        if luck.random() < 0.25:
            number = int(3000 ** luck.random())
            return self.villages.name(number), self.cities.names[number % len(self.cities.names)][1]
        return self.cities.draw(luck)


def nicknames(language):
    """What a given name's bearers are called, by the folded name."""
    return {fold(line[0]).lower(): line[1:] for line in words.table(words.NICKNAMES.get(language, ""))}


def cognates():
    """A given name's forms in other languages, by the folded name."""
    lines = words.table(words.COGNATES)
    return {fold(name).lower(): [other for other in line if other != name] for line in lines for name in line}


def shipped(path):
    """The product's own table of nicknames, as `nicknames` gives it, by language."""
    tables = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                language, *forms = line.split()
                forms = [form.replace("_", " ").title() for form in forms]
                for form in forms[:1]:
                    tables.setdefault(language, {}).setdefault(fold(form).lower(), []).extend(forms[1:])
    return tables
