"""What a data set is like: how often each thing happens. A mix's seed draws every number on its own, widely."""
import math
import random

from places import LOCALES

# Probabilities around which a mix draws, a factor of 0.3 to 3 either way.
RATES = {
    # Who there is.
    "particle": .05, "compound": .13, "second_given": .12, "double_barrelled": .04, "rare_surname": .30, "abroad": .06, "employed": .15, "member": .18,
    "nickname_habit": .12, "handle_mail": .10, "work_mail": .12, "two_members": .06, "local_number_abroad": .3, "two_nationalities": .03, "company_profile": .004, "dummy": .004,
    # Households and other people who are easily taken for one another.
    "couple": .07, "family": .035, "twins": .006, "namesake": .008, "siblings": .015, "flat_share": .01, "homonym_city": .004, "homonym_birth": .0012, "colleagues": .010,
    "group": .0025, "group_contact": .6, "couple_mail": .45, "couple_phone": .40, "family_mail": .55, "landline": .45, "married_name": .45, "own_home": .06,
    # Life between two visits.
    "new_mail": .13, "new_provider": .06, "new_mobile": .10, "moved": .12, "marries": .02, "renews": .12, "other_document": .20, "same_channel": .35, "new_job": .06,
    # Contacts that are not the guest's.
    "booker": .02, "partner_books": .10, "desk_mail": .45, "same_relay": .12, "house_mail": .006, "house_phone": .012, "role_mail": .004,
    # Names.
    "typo_given": .025, "typo_surname": .035, "two_typos": .08, "nickname": .07, "cognate": .008, "compound_cut": .30, "second_given_alone": .05, "second_given_shown": .25,
    "initial": .03, "middle_initial": .025, "one_surname": .35, "second_only": .008, "surnames_turned": .006, "surname_joined": .03, "maiden_and_married": .25, "half_of_double": .30,
    "particle_dropped": .20, "particle_glued": .08, "swapped": .02, "one_field": .02, "slashed": .006, "machine_zone": .004, "title_in_name": .015, "noise_in_name": .012,
    "truncated": .5, "mojibake": .02, "marks_lost": .008, "transliterated": .25, "lower_case": .03, "stray_space": .01, "letter_swapped_for_digit": .004,
    # Contacts.
    "mail_typo": .012, "mail_domain_typo": .010, "mail_case": .06, "mail_tag": .008, "mail_dots": .02, "mail_bad": .015, "mail_shortened": .003, "mail_two": .006,
    "phone_typo": .018, "phone_bad": .012, "phone_foreign": .55, "phone_note": .02, "phone_in_other": .08,
    # The rest.
    "birth_swapped": .02, "birth_typo": .02, "birth_year_only": .012, "birth_bad": .015, "birth_of_partner": .004, "document_typo": .015, "document_spelled": .22, "document_short": .06,
    "document_bad": .012, "document_kind_wrong": .06, "document_kind_missing": .05, "document_of_partner": .003, "loyalty_prefix": .12, "loyalty_typo": .012, "loyalty_of_partner": .004,
    "city_other": .06, "city_abroad": .08, "street_short": .45, "street_typo": .03, "street_number_lost": .04, "postcode_typo": .015, "gender_wrong": .012, "country_wrong": .03, "language_other": .12,
    "company_spelled": .35, "country_name": .03,
}

FIELDS = "mail phone mobile birth street postcode country nationality document loyalty language gender title second_surname capitals accents_lost".split()
# Channels: share, source, kind, then how often a field is filled (capitals and lost accents: how often that is so).
CHANNELS = {line.split()[0]: line.split()[1:] for line in """
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
""".strip().split("\n")}


class Channel:
    """A way in which profiles arise."""

    def __init__(self, name, row):
        self.name, self.share, self.source, self.kind = name, float(row[0]), row[1], row[2]
        self.fill = dict(zip(FIELDS, map(float, row[3:])))


class Mix:
    """The rates of a data set, as attributes; `plain` is the centre of them all."""

    def __init__(self, name="plain"):
        luck = random.Random(f"mix {name}")
        drawn = name not in ("plain", "rich", "poor")

        def around(centre, factor=3.0, most=.9):
            return min(most, centre * factor ** luck.uniform(-1, 1)) if drawn else centre

        self.name = str(name)
        for rate, centre in RATES.items():
            setattr(self, rate, around(centre))
        self.duplicates = luck.uniform(.05, .35) if drawn else .2
        # How likely a person with n records has one more.
        self.again = luck.uniform(.2, .55) if drawn else .35
        self.richness = {"plain": 0, "rich": .9, "poor": -1.1}[name] if not drawn else luck.uniform(-1.1, .9)
        self.name_only = {"plain": .12, "rich": .03, "poor": .4}[name] if not drawn else luck.uniform(.0, .62) ** 2 + .01
        self.locale_shares = self._locales(luck, drawn)
        self.channels = self._channels(luck, drawn)
        # Frequencies of names fall with rank ** -slope; the long tail holds this many invented surnames a country.
        self.given_slope = luck.uniform(.6, 1.15) if drawn else .9
        self.surname_slope = luck.uniform(.55, 1.1) if drawn else .85
        self.tail = int(around(9000, 3, 1e9))
        self.widths = (luck.choice((10, 12, 15, 20, 25, 30)), luck.choice((12, 15, 18, 20, 25, 30, 40))) if drawn else (20, 25)
        self.operators = int(around(40, 3, 1e9))
        self.years = luck.choice((4, 8, 15)) if drawn else 10
        self.shipped_nicknames = luck.choice((0, .3, .6)) if drawn else .3
        self.homes_typed_abroad = luck.random() if drawn else .5
        self.properties = luck.choice((1, 3, 12, 60)) if drawn else 12
        self.stable_relay = {"booking": around(.12), "expedia": around(.05), "agoda": around(.1), "airbnb": around(.5)}

    def _locales(self, luck, drawn):
        """The home country's share is a third to three quarters, guests' the rest, a few countries absent."""
        shares = {}
        for row in LOCALES:
            share = float(row[9])
            if drawn:
                share *= 4 ** luck.uniform(-1, 1) * (luck.random() > .12)
            shares[row[0]] = share
        homes = [row for row in LOCALES if float(row[9]) >= 1.5 and row[1] not in ("CN", "RU", "MA")]
        home = luck.choices(homes, [float(row[9]) for row in homes])[0] if drawn else LOCALES[0]
        self.home_country = home[1]
        rest = sum(share for locale, share in shares.items() if locale != home[0])
        part = luck.uniform(.15, .7) if drawn else .4
        shares[home[0]] = rest * part / (1 - part)
        return shares

    def _channels(self, luck, drawn):
        channels = [Channel(name, row) for name, row in CHANNELS.items()]
        habits = {field: luck.gauss(0, .5) if drawn else 0 for field in FIELDS}
        for channel in channels:
            if drawn:
                channel.share *= 4 ** luck.uniform(-1, 1) * (channel.name == "desk" or luck.random() > .15)
            for field, share in channel.fill.items():
                if 0 < share < 1:
                    shift = habits[field] + (luck.gauss(0, .6) if drawn else 0)
                    if field not in ("second_surname", "capitals", "accents_lost"):
                        shift += self.richness
                    channel.fill[field] = 1 / (1 + math.exp(-math.log(share / (1 - share)) - shift))
        return channels
