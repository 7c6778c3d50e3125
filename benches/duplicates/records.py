"""Records: what one register holds of one visit, in the columns of the files that hotels hand over."""

import datetime
import os

import contacts
import damage
import households
import places
import pools
import words
from persons import World, letters, stream

COLUMNS = (
    "record_id,source,created,channel,property,title,first_name,last_name,gender,birth_date,email,phone,mobile,address,"
    "city,postcode,country,nationality,language,doc_type,doc_number,loyalty_no,company"
).split(",")
DUMMIES = (
    "GROUP ROOM|TBA TBA|WALK IN|GUEST GUEST|CLIENTE CONTADO|HOUSE USE|GRUPO JUBILADOS|PAX 1|N N|MR X|"
    "CLIENTE VARIOS|PASSANT|LAUFKUNDSCHAFT|TEST TEST|NO NAME|GAST GAST|DIVERSE GÄSTE|CLIENT DIVERS|OSPITE UNO|"
    "GRUPPE 12|GROUPE SENIORS|ROOM 2|PRUEBA PRUEBA|HUESPED 1|JOHN DOE|MAX MUSTERMANN|TBC GUEST|NN NN|. .|XX XX|"
    "CREW AIRLINE|STAFF ROOM|ALLOTMENT 3|BLOQUEO|MANTENIMIENTO|DAY USE|UNKNOWN UNKNOWN|DESCONOCIDO|HOSPEDE 1|"
    "INCONNU"
).split("|")
NAMES_OF_COUNTRIES = {
    "ES": "España Spain ESP",
    "FR": "France FRA Francia",
    "DE": "Deutschland Germany DEU",
    "GB": "United_Kingdom UK GBR",
    "IT": "Italia Italy ITA",
    "US": "USA United_States",
    "PT": "Portugal PRT",
    "NL": "Nederland Netherlands NLD",
}
NICKNAMES = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "duplicates", "data", "nicknames.txt"
)


class Register(World):
    """A world whose people stay at hotels, and what the hotels write down."""

    def __init__(self, mix, seed):
        luck = stream("people", mix.name, seed)
        super().__init__(mix, [pools.Pool(row, mix, seed) for row in places.LOCALES if mix.locale_shares[row[0]]], luck)
        self.cognates = pools.cognates()
        self.relays = {
            portal: [text for text in texts for _ in range(int(text.partition("*")[2] or 1))]
            for portal, texts in contacts.RELAYS.items()
        }
        home = next(pool for pool in self.pools if pool.locale == mix.home[0])
        self.house = home
        chain = letters(home.surname(luck)) + "hotels.com"
        self.house_mail, self.house_phones = (
            self.pick(("info@", "reservas@", "reception@", "noreply@", "frontdesk@")) + chain,
            [(home.dial, home.trunk, self.digits(self.pick(home.landlines))) for _ in range(3)],
        )
        self.operators = [self._operator() for _ in range(max(3, mix.operators))]
        self.by_share = luck.choices(mix.channels, [channel.share for channel in mix.channels], k=4096)
        self.first_day = datetime.date(2025, 10, 1).toordinal() - mix.years * 365
        if mix.shipped_nicknames:
            self._load_shipped()

    def _load_shipped(self):
        """Adds a share of the product's table to what people are called."""
        shipped, luck = pools.shipped(NICKNAMES), stream("shipped", self.mix.name)
        for pool in self.pools:
            for name, forms in shipped.get(pool.language, {}).items():
                if luck.random() < self.mix.shipped_nicknames:
                    pool.nicknames[name] = pool.nicknames.get(name, []) + forms

    def _operator(self):
        """Mail and phone of an agency that books for thousands."""
        pool = self.pick(self.of_locale)
        name = letters(pool.surname(self.luck)) + self.pick(
            ("tours", "travel", "viajes", "reisen", "voyages", "holidays", "", "beds", "incoming", "dmc")
        )
        return (
            self.pick(
                (
                    "reservas",
                    "bookings",
                    "reservations",
                    "groups",
                    "hotels",
                    "ops",
                    "info",
                    "sales",
                    letters(pool.given[1].draw(self.luck)),
                )
            )
            + f"@{name}."
            + self.pick(("com", "com", "net", pool.country.lower())),
            (pool.dial, pool.trunk, self.digits(self.pick(pool.landlines))),
        )

    def operator(self):
        return self.operators[int(self.luck.random() ** 2.2 * len(self.operators))]

    # ---- one record ----------------------------------------------------------------------

    def record(self, somebody, day, channel, leader=None):
        """A row of `somebody`, booked by `leader` where one is given."""
        mix, fill, chance = self.mix, channel.fill, self.chance
        poor = channel.kind != "relay" and chance(mix.name_only)
        has = (lambda field: False) if poor else (lambda field: chance(fill[field]))
        row = dict.fromkeys(COLUMNS, "")
        row["source"], row["channel"], row["created"] = channel.source, channel.name, self.stamp(day)
        row["property"] = f"P{1 + int(self.luck.random() ** 2 * mix.properties):02}" if channel.source != "CRM" else ""
        contact = leader or self._contact(somebody)
        title = self._title(somebody)
        row["first_name"], row["last_name"] = damage.written(self, somebody, channel, title, self._named(somebody))
        row["title"] = title if has("title") else ""
        row["gender"] = self._gender(somebody) if has("gender") else ""
        self._fill_contacts(row, somebody, contact, channel, has)
        self._fill_home(row, somebody, channel, has)
        self._fill_identity(row, somebody, has)
        if poor and chance(0.45):
            row["country"] = somebody.country
        return row

    def _contact(self, somebody):
        """Whose contacts stand on the record: mostly one's own."""
        if somebody.partner and self.chance(self.mix.partner_books):
            return somebody.partner
        if self.recent and self.chance(self.mix.booker):
            return self.pick(self.recent)
        return somebody

    def _named(self, somebody):
        """The maiden name, where somebody still goes by it."""
        return somebody.maiden if somebody.maiden and self.chance(0.3) else ""

    def _title(self, somebody):
        pair = words.TITLES.get(somebody.pool.language, words.TITLES["en"]).split(" ")
        return self.pick(pair[somebody.gender].split(","))

    def _gender(self, somebody):
        gender = somebody.gender if not self.chance(self.mix.gender_wrong) else 1 - somebody.gender
        return self.pick(("MMMMMMMMMMm", "FFFFFFFFFFf")[gender]) if self.chance(0.93) else ("male", "female")[gender]

    def _fill_contacts(self, row, somebody, contact, channel, has):
        mix, firm = self.mix, somebody.company
        if has("mail"):
            row["email"] = contacts.mail(self, somebody, contact, channel)
        numbers = []
        if has("phone"):
            desk = firm and channel.kind == "corporate" and self.chance(0.6)
            home = contact.homes[0][6]
            number = (
                self.operator()[1]
                if channel.kind == "operator" and self.chance(0.8)
                else firm.phone
                if desk
                else (home.dial, home.trunk, contact.landline)
                if contact.landline and self.chance(0.5)
                else contact.mobiles[-1]
            )
            numbers.append(("phone", number))
        if has("mobile"):
            numbers.append(("mobile", contact.mobiles[-1] if self.chance(0.88) else self.pick(contact.mobiles)))
        for field, number in numbers:
            if self.chance(mix.house_phone):
                number = self.pick(self.house_phones)
            other = {"phone": "mobile", "mobile": "phone"}[field]
            field = other if not row[other] and self.chance(mix.phone_in_other) else field
            row[field] = (
                self.pick(contacts.NO_PHONE)
                if self.chance(mix.phone_bad)
                else contacts.phone(self, number, self.house.country, contact.country)
            )

    def _fill_home(self, row, somebody, channel, has):
        mix, firm = self.mix, somebody.company
        home = somebody.homes[-1] if self.chance(0.88) else somebody.homes[0]
        if firm and (channel.kind == "corporate" or self.chance(0.06)):
            row["company"] = contacts.firm(self, firm) if self.chance(0.85) else ""
            home = firm.home if self.chance(0.6) else home
        if has("street"):
            row["address"], row["city"] = contacts.street(self, home), contacts.city(self, home)
        if has("postcode"):
            row["postcode"] = contacts.postcode(self, home)
            row["city"] = row["city"] or (contacts.city(self, home) if self.chance(0.75) else "")
        if has("country"):
            country = self.house.country if self.chance(mix.country_wrong) else somebody.country
            names = NAMES_OF_COUNTRIES.get(country)
            row["country"] = (
                self.pick(names.split()).replace("_", " ") if names and self.chance(mix.country_name) else country
            )
        if has("nationality"):
            row["nationality"] = somebody.nationality
        if has("language"):
            language = somebody.pool.language if somebody.pool.language not in ("ar", "zh", "in", "ja") else "en"
            row["language"] = self.pick(("en", self.house.language)) if self.chance(mix.language_other) else language

    def _fill_identity(self, row, somebody, has):
        mix, partner = self.mix, somebody.partner
        if has("birth"):
            row["birth_date"] = contacts.birth(
                self, partner.birth if partner and self.chance(mix.birth_of_partner * 4) else somebody.birth
            )
        if has("document") and somebody.documents:
            row["doc_type"], row["doc_number"] = contacts.document(
                self,
                partner if partner and partner.documents and self.chance(mix.document_of_partner * 4) else somebody,
            )
            row["nationality"] = row["nationality"] or (somebody.nationality if self.chance(0.6) else "")
        if somebody.members and (has("loyalty") or has("loyalty") or has("loyalty")):
            number = somebody.members[-1] if self.chance(0.85) else somebody.members[0]
            if partner and partner.members and self.chance(mix.loyalty_of_partner * 4):
                number = partner.members[0]
            if self.chance(mix.loyalty_typo):
                number = contacts.wrong_digit(self, number)
            row["loyalty_no"] = (
                number[2:]
                if self.chance(mix.loyalty_prefix)
                else number[:2] + " " + number[2:]
                if self.chance(0.04)
                else number
            )

    def stamp(self, day):
        second = int(self.luck.random() * 86400)
        return (
            f"{datetime.date.fromordinal(day).isoformat()}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        )

    # ---- all of them ---------------------------------------------------------------------

    def rows(self):
        """Rows and whose they are, without end; the visits of a person and a household follow one another."""
        while True:
            if self.chance(self.mix.dummy):
                yield self._dummy()
            elif self.chance(self.mix.company_profile):
                yield from self._company_profiles()
            elif self.chance(self.mix.group):
                yield from self._group()
            else:
                for somebody in households.around(self, self.person()):
                    yield from self._visits(somebody)
                    self._remember(somebody)

    def _remember(self, somebody):
        if len(self.recent) < 600:
            self.recent.append(somebody)
        else:
            self.recent[int(self.luck.random() * 600)] = somebody

    def _day(self):
        return self.first_day + int(self.luck.random() * self.mix.years * 365)

    def _times(self):
        """How many records a person has, so that the mix's share of all are duplicates."""
        again, share = self.mix.again, self.mix.duplicates
        times = 1
        # With probability p two records, and with `again` each time one more: p / (1 - again) duplicates a person.
        if self.chance(share / (1 - share) * (1 - again)):
            times = 2
            while times < 9 and self.chance(again):
                times += 1
        return times

    def _visits(self, somebody):
        channel = None
        for number, day in enumerate(sorted(self._day() for _ in range(self._times()))):
            if number:
                self.lives(somebody)
            if channel is None or not self.chance(self.mix.same_channel):
                channel = self.pick(self.by_share)
            if channel.kind == "corporate" and not somebody.company:
                channel = self.pick(self.by_share)
            yield self.record(somebody, day, channel), somebody.id
            if somebody.partner and self.chance(self.mix.party):
                # The same booking holds both: one contact, one portal's alias.
                yield self.record(somebody.partner, day, channel, somebody), somebody.partner.id

    def _group(self):
        """A group's stay: all made at once, often with the leader's contact, and visits before or after."""
        leader, members = households.group(self)
        day, channel = self._day(), next(one for one in self.mix.channels if one.name == "desk")
        contact = leader if self.chance(self.mix.group_contact) else None
        for somebody in [leader, *members]:
            yield self.record(somebody, day, channel, contact), somebody.id
            for number in range(self._times() - 1):
                self.lives(somebody)
                yield self.record(somebody, self._day(), self.pick(self.by_share)), somebody.id

    def _dummy(self):
        """A profile that is nobody, and one by itself."""
        row = dict.fromkeys(COLUMNS, "")
        name = self.pick(DUMMIES)
        first, _, last = name.partition(" ")
        row["first_name"], row["last_name"] = (
            (first, last) if self.chance(0.6) else ("", name) if self.chance(0.7) else (last, first)
        )
        row["source"], row["channel"], row["created"], row["property"] = "PMS", "desk", self.stamp(self._day()), "P01"
        row["country"] = self.house.country if self.chance(0.3) else ""
        row["email"] = self.house_mail if self.chance(0.1) else ""
        self.next_id += 1
        return row, self.next_id - 1

    def _company_profiles(self):
        """A company's or an agency's own profile, in the surname's column, as registers without kinds have it."""
        company = self.company(self.pick(self.of_locale))
        for _ in range(self._times()):
            row = dict.fromkeys(COLUMNS, "")
            row["source"], row["channel"], row["created"], row["property"] = (
                "PMS",
                "corporate",
                self.stamp(self._day()),
                "P01",
            )
            row["last_name"] = row["company"] = contacts.firm(self, company)
            row["email"] = company.desk if self.chance(0.5) else ""
            row["phone"] = (
                contacts.phone(self, company.phone, self.house.country, company.pool.country)
                if self.chance(0.5)
                else ""
            )
            row["address"], row["city"], row["postcode"] = (
                (contacts.street(self, company.home), company.home[4], company.home[5])
                if self.chance(0.5)
                else ("", "", "")
            )
            row["country"] = company.pool.country
            yield row, -company.id - 1
