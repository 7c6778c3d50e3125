"""What a data set is like: how often each thing happens. A mix's seed draws every number on its own, widely."""

import math
import random

from places import LOCALES

# Probabilities around which a mix draws, a factor of 0.3 to 3 either way.
RATES = {
    # Who there is.
    "particle": 0.05,
    "compound": 0.13,
    "second_given": 0.12,
    "double_barrelled": 0.04,
    "abroad": 0.06,
    "employed": 0.15,
    "member": 0.18,
    "nickname_habit": 0.12,
    "handle_mail": 0.10,
    "work_mail": 0.12,
    "two_members": 0.06,
    "local_number_abroad": 0.3,
    "two_nationalities": 0.03,
    "company_profile": 0.004,
    "dummy": 0.004,
    # Households and other people who are easily taken for one another.
    "couple": 0.07,
    "family": 0.035,
    "twins": 0.006,
    "namesake": 0.008,
    "siblings": 0.015,
    "flat_share": 0.01,
    "homonym_city": 0.004,
    "homonym_birth": 0.0012,
    "colleagues": 0.010,
    "group": 0.0025,
    "group_contact": 0.6,
    "couple_mail": 0.45,
    "couple_phone": 0.40,
    "family_mail": 0.55,
    "landline": 0.45,
    "married_name": 0.45,
    "own_home": 0.06,
    # Life between two visits.
    "new_mail": 0.13,
    "new_provider": 0.06,
    "new_mobile": 0.10,
    "moved": 0.12,
    "marries": 0.02,
    "renews": 0.12,
    "other_document": 0.20,
    "same_channel": 0.35,
    "new_job": 0.06,
    # Contacts that are not the guest's.
    "booker": 0.02,
    "partner_books": 0.10,
    "party": 0.08,
    "desk_mail": 0.45,
    "same_relay": 0.12,
    "house_mail": 0.006,
    "house_phone": 0.012,
    "role_mail": 0.004,
    # Names.
    "typo_given": 0.025,
    "typo_surname": 0.035,
    "two_typos": 0.08,
    "nickname": 0.07,
    "cognate": 0.008,
    "compound_cut": 0.30,
    "second_given_alone": 0.05,
    "second_given_shown": 0.25,
    "initial": 0.03,
    "middle_initial": 0.025,
    "one_surname": 0.35,
    "second_only": 0.008,
    "surnames_turned": 0.006,
    "surname_joined": 0.03,
    "maiden_and_married": 0.25,
    "half_of_double": 0.30,
    "particle_dropped": 0.20,
    "particle_glued": 0.08,
    "swapped": 0.02,
    "one_field": 0.02,
    "slashed": 0.006,
    "machine_zone": 0.004,
    "title_in_name": 0.015,
    "noise_in_name": 0.012,
    "truncated": 0.5,
    "mojibake": 0.02,
    "marks_lost": 0.008,
    "transliterated": 0.25,
    "lower_case": 0.03,
    "stray_space": 0.01,
    "letter_swapped_for_digit": 0.004,
    # Contacts.
    "mail_typo": 0.012,
    "mail_domain_typo": 0.010,
    "mail_case": 0.06,
    "mail_tag": 0.008,
    "mail_dots": 0.02,
    "mail_bad": 0.015,
    "mail_shortened": 0.003,
    "mail_two": 0.006,
    "phone_typo": 0.018,
    "phone_bad": 0.012,
    "phone_foreign": 0.55,
    "phone_note": 0.02,
    "phone_in_other": 0.08,
    # The rest.
    "birth_swapped": 0.02,
    "birth_typo": 0.02,
    "birth_year_only": 0.012,
    "birth_bad": 0.015,
    "birth_of_partner": 0.004,
    "document_typo": 0.015,
    "document_spelled": 0.22,
    "document_short": 0.06,
    "document_bad": 0.012,
    "document_kind_wrong": 0.06,
    "document_kind_missing": 0.05,
    "document_of_partner": 0.003,
    "loyalty_prefix": 0.12,
    "loyalty_typo": 0.012,
    "loyalty_of_partner": 0.004,
    "city_other": 0.06,
    "city_abroad": 0.08,
    "street_short": 0.45,
    "street_typo": 0.03,
    "street_number_lost": 0.04,
    "postcode_typo": 0.015,
    "gender_wrong": 0.012,
    "country_wrong": 0.03,
    "language_other": 0.12,
    "company_spelled": 0.35,
    "country_name": 0.03,
}

FIELDS = (
    "mail phone mobile birth street postcode country nationality document loyalty language gender title "
    "second_surname capitals accents_lost"
).split()
# Channels: share, source, kind, then how often a field is filled (capitals and lost accents: how often that is so).
CHANNELS = {
    line.split()[0]: line.split()[1:]
    for line in """
desk 24 PMS own .45 .40 .40 .70 .45 .50 .97 .75 .75 .10 .85 .55 .45 .80 .50 .50
phone 8 PMS own .40 .55 .50 .04 .10 .10 .75 .20 .02 .08 .60 .40 .45 .45 .35 .50
web 14 PMS own .98 .25 .75 .20 .40 .45 .95 .25 .04 .15 .97 .35 .40 .50 .06 .25
mail 4 PMS own .92 .40 .30 .02 .12 .12 .65 .15 .01 .06 .70 .30 .35 .50 .12 .30
app 4 CRM own .99 .05 .85 .50 .10 .25 .90 .30 .05 .60 .98 .40 .30 .55 .03 .20
crm 9 CRM own .98 .15 .55 .50 .25 .40 .88 .25 .01 .45 .97 .45 .40 .50 .05 .22
spa 3 POS own .35 .20 .50 .03 .02 .04 .20 .05 .00 .12 .30 .35 .25 .20 .20 .50
migrated 5 PMS own .25 .50 .20 .35 .40 .40 .70 .30 .40 .10 .50 .40 .50 .50 .80 .80
booking 16 PMS relay .96 .60 .05 .00 .08 .10 .92 .10 .00 .01 .75 .15 .20 .25 .06 .40
expedia 6 PMS relay .90 .35 .05 .00 .03 .05 .85 .10 .00 .01 .60 .10 .15 .20 .10 .60
agoda 3 PMS relay .85 .30 .05 .00 .02 .03 .90 .30 .00 .00 .50 .10 .15 .20 .15 .65
airbnb 2 PMS relay .80 .60 .10 .00 .00 .02 .60 .05 .00 .00 .50 .02 .05 .25 .02 .20
bedbank 3 PMS operator .30 .15 .02 .02 .01 .02 .70 .20 .00 .00 .20 .10 .30 .20 .60 .85
operator 5 PMS operator .55 .30 .02 .04 .00 .02 .70 .20 .00 .00 .40 .15 .50 .25 .85 .92
corporate 6 PMS corporate .75 .60 .30 .12 .40 .40 .90 .20 .15 .20 .70 .35 .45 .40 .30 .50
list 4 PMS operator .03 .02 .02 .06 .00 .00 .35 .20 .05 .00 .10 .15 .25 .35 .50 .70
""".strip().split("\n")
}


FIXED = {"plain": (0, 0.35), "rich": (1, 0.15), "poor": (-1.1, 0.63)}  # richness, root of the share of bare names


class Channel:
    """A way in which profiles arise."""

    def __init__(self, name, row):
        self.name, self.share, self.source, self.kind = name, float(row[0]), row[1], row[2]
        self.fill = dict(zip(FIELDS, map(float, row[3:])))


class Mix:
    """The rates of a data set, as attributes; `plain` is the centre of them all.

    Each number has luck of its own, so that a new rate leaves the others of a mix as they were.
    """

    def __init__(self, name="plain"):
        self.name, self.drawn = str(name), name not in FIXED
        for rate, centre in RATES.items():
            setattr(self, rate, self.around(rate, centre))
        self.duplicates = self.between("duplicates", 0.05, 0.35, 0.2)
        # How likely a person with n records has one more.
        self.again = self.between("again", 0.2, 0.55, 0.35)
        # How full profiles are, on the scale of log odds, and how many hold a name and nothing else.
        self.richness = self.between("richness", -0.8, 1.5, FIXED.get(self.name, (0, 0))[0])
        self.name_only = self.between("name only", 0.05, 0.6, FIXED.get(self.name, (0, 0.35))[1]) ** 2
        # Frequencies of names fall with rank ** -slope; the long tail holds this many invented surnames a country.
        self.given_slope = self.between("given slope", 0.6, 1.15, 0.9)
        self.surname_slope = self.between("surname slope", 0.55, 1.1, 0.85)
        # Times the odds of a name that Faker does not know.
        self.rare_surname = self.around("rare surname", 1, most=10)
        self.tail = int(self.around("tail", 9000, most=1e9))
        self.widths = (
            self.one_of("given width", (20, 10, 12, 15, 25, 30)),
            self.one_of("surname width", (25, 12, 15, 18, 20, 30, 40)),
        )
        self.operators = int(self.around("operators", 40, most=1e9))
        self.years = self.one_of("years", (10, 4, 8, 15))
        self.properties = self.one_of("properties", (12, 1, 3, 60))
        self.shipped_nicknames = self.one_of("shipped nicknames", (0.3, 0, 0.6))
        self.stable_relay = {
            portal: self.around(portal, rate)
            for portal, rate in (("booking", 0.12), ("expedia", 0.05), ("agoda", 0.1), ("airbnb", 0.5))
        }
        self.home, self.locale_shares = self._locales()
        self.channels = self._channels()

    def luck(self, what):
        return random.Random(f"mix {self.name} {what}")

    def around(self, what, centre, factor=3.0, most=0.9):
        """`centre` times or divided by up to `factor`."""
        return min(most, centre * factor ** self.luck(what).uniform(-1, 1)) if self.drawn else centre

    def between(self, what, least, most, fixed):
        return self.luck(what).uniform(least, most) if self.drawn else fixed

    def one_of(self, what, values):
        """One of some values; the first where nothing is drawn."""
        return self.luck(what).choice(values) if self.drawn else values[0]

    def present(self, what, share):
        """Whether it is there at all."""
        return not self.drawn or self.luck(f"{what} present").random() < share

    def _locales(self):
        """The home country, and every locale's share: guests from abroad from most countries, some more than usual."""
        homes = [row for row in LOCALES if float(row[9]) >= 1.5 and row[1] not in ("CN", "RU", "MA")]
        home = self.luck("home").choices(homes, [float(row[9]) for row in homes])[0] if self.drawn else LOCALES[0]
        shares = {row[0]: self.around(row[0], float(row[9]), 4, 1e9) * self.present(row[0], 0.88) for row in LOCALES}
        part = self.between("home share", 0.15, 0.7, 0.4)
        shares[home[0]] = sum(share for locale, share in shares.items() if locale != home[0]) * part / (1 - part)
        return home, shares

    def _channels(self):
        channels = [Channel(name, row) for name, row in CHANNELS.items()]
        for channel in channels:
            channel.share = self.around(f"channel {channel.name}", channel.share, 4, 1e9) * (
                channel.name == "desk" or self.present(channel.name, 0.85)
            )
            for field, share in channel.fill.items():
                if 0 < share < 1:
                    channel.fill[field] = self._fill(channel, field, share)
        return channels

    def _fill(self, channel, field, share):
        """How often a channel fills a field: a habit of the house, one of the channel, and how rich the mix is."""
        shift = 0 if field in ("second_surname", "capitals", "accents_lost") else self.richness
        if self.drawn:
            shift += self.luck(f"fill {field}").gauss(0, 0.5) + self.luck(f"fill {channel.name} {field}").gauss(0, 0.6)
        return 1 / (1 + math.exp(-math.log(share / (1 - share)) - shift))
