"""People, the households and companies that they belong to, and what happens to them between two visits."""

import datetime
import random

import documents
from pools import fold, womans

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FIRMS = {  # legal forms, by language
    "es": "S.L.,S.A.,SL,S.L.U.,S.A.U.",
    "fr": "SARL,SAS,SA,EURL",
    "de": "GmbH,AG,GmbH & Co. KG,KG,e.K.",
    "en": "Ltd,PLC,LLC,Inc.,LLP",
    "it": "S.r.l.,S.p.A.,Srl,SpA",
    "pt": "Lda.,S.A.,Unipessoal Lda",
    "nl": "B.V.,N.V.,BV",
    "pl": "Sp. z o.o.,S.A.",
    "sv": "AB",
    "da": "A/S,ApS",
    "no": "AS,ASA",
    "fi": "Oy,Oyj",
    "ro": "S.R.L.,S.A.",
    "cs": "s.r.o.,a.s.",
    "tr": "A.Ş.,Ltd. Şti.",
    "hu": "Kft.,Zrt.",
}
TRADES = (
    "Consulting,Logistics,Group,Sistemas,Ingeniería,Bau,Technik,Solutions,Pharma,Energy,Trading,Media,"
    "Foods,Engineering,Services,Industries,Software,Medical,Export,Transport,Partners,Holding,Design,"
    "Immobilien,Conseil,Auto"
).split(",")


class Person:
    """Somebody, as life made them; nothing here is misspelled."""

    __slots__ = (
        "id",
        "pool",
        "country",
        "gender",
        "given",
        "second_given",
        "surname",
        "surname2",
        "maiden",
        "double",
        "particle",
        "nickname",
        "birth",
        "mails",
        "handle",
        "mobiles",
        "landline",
        "homes",
        "documents",
        "members",
        "company",
        "partner",
        "aliases",
        "double_name",
        "generation",
        "nationality",
    )


class Company:
    """An employer: one desk, one switchboard, one address."""

    __slots__ = ("id", "name", "forms", "domain", "desk", "phone", "home", "pool")


class World:
    """Makes people and what surrounds them, all from one stream of luck."""

    def __init__(self, mix, pools, luck):
        self.mix, self.luck = mix, luck
        self.pools = pools
        self.locales = [pool for pool in pools]
        shares = [mix.locale_shares[pool.locale] for pool in pools]
        self.of_locale = luck.choices(self.locales, shares, k=4096)
        self.next_id = 0
        self.companies, self.recent = [], []

    def chance(self, rate):
        return self.luck.random() < rate

    def pick(self, things):
        return things[int(self.luck.random() * len(things))]

    def digits(self, pattern):
        """A pattern with its `#` and `@` filled in."""
        draw = self.luck.random
        return "".join(
            str(int(draw() * 10)) if mark == "#" else LETTERS[int(draw() * 26)] if mark == "@" else mark
            for mark in pattern
        )

    # ---- one person ----------------------------------------------------------------------

    def person(self, pool=None, gender=None, age=None):
        """A new person, of a place and an age where given."""
        mix, luck = self.mix, self.luck
        somebody = Person()
        somebody.id, self.next_id = self.next_id, self.next_id + 1
        home = pool or self.pick(self.of_locale)
        abroad = pool is None and self.chance(mix.abroad)
        somebody.pool = self.pick(self.of_locale) if abroad else home
        somebody.country = home.country
        somebody.nationality = somebody.pool.country
        somebody.gender = gender if gender is not None else int(self.chance(0.48))
        self._name(somebody)
        years = age if age is not None else min(92, max(18, luck.gauss(46, 15)))
        somebody.birth = (
            datetime.date(2025, 6, 1) - datetime.timedelta(days=int(years * 365.25) + int(luck.random() * 365))
        ).isoformat()
        somebody.mobiles, somebody.landline = (
            [self.mobile(home)],
            self.digits(self.pick(home.landlines)) if self.chance(mix.landline) else "",
        )
        somebody.homes = [self.home(home)]
        somebody.company = self.company(home) if self.chance(mix.employed) else None
        somebody.handle = self.chance(mix.handle_mail)
        somebody.mails = [self.mail(somebody)]
        somebody.documents = documents.held(self, somebody)
        somebody.members = [self.member()] if self.chance(mix.member) else []
        if somebody.members and self.chance(mix.two_members):
            somebody.members.append(self.member())
        somebody.partner, somebody.aliases, somebody.generation, somebody.maiden = None, {}, "", ""
        return somebody

    def _name(self, somebody):
        mix, pool = self.mix, somebody.pool
        somebody.given, somebody.second_given, somebody.double = self.given(pool, somebody.gender)
        somebody.surname, somebody.particle = self.surname(pool), ""
        somebody.surname2 = self.surname(pool) if pool.two else ""
        if (
            self.chance(mix.particle)
            and pool.particles[0]
            and " " not in somebody.surname
            and "'" not in somebody.surname
        ):
            somebody.particle = self.pick(pool.particles)
        somebody.double_name = ""
        if not pool.two and self.chance(mix.double_barrelled):
            somebody.double_name = self.surname(pool)
        if somebody.gender:
            somebody.surname = womans(somebody.surname, pool.language)
        somebody.nickname = ""
        known = pool.nicknames.get(fold(somebody.given).lower())
        if known and self.chance(mix.nickname_habit):
            somebody.nickname = self.pick(known)

    def given(self, pool, gender):
        """A given name, a second one that is rarely told, and whether the first is a compound."""
        name = pool.given[gender].draw(self.luck)
        halves = pool.halves[gender]
        if len(halves) > 1 and " " not in name and "-" not in name and self.chance(self.mix.compound):
            half = self.pick(halves)
            if fold(half.strip(" -")) != fold(name):
                return name + (half if half[0] in " -" else " " + half), "", True
        second = pool.given[gender].draw(self.luck) if self.chance(self.mix.second_given) else ""
        return name, second if second != name else "", " " in name or "-" in name

    def surname(self, pool):
        return pool.surname(self.luck)

    def mobile(self, pool):
        return pool.dial, pool.trunk, self.digits(self.pick(pool.mobiles))

    def member(self):
        return self.pick(("RW", "HC", "GC", "LY")) + self.digits("########")

    def home(self, pool, near=None):
        """Kind of street, name, number, flat, city, post code, the pool whose ways it follows."""
        city, code = near or pool.city(self.luck)
        kind = int(self.luck.random() * len(pool.street_kinds))
        name = self.pick(pool.street_names)
        if "{}" in name:
            name = name.replace("{}", self.surname(pool))
        number = str(1 + int(self.luck.random() ** 2 * 140))
        flat = self.digits(self.pick(("#º @", "#-#", "#@", "Apt. #", "esc. # #º", "/#"))) if self.chance(0.3) else ""
        postcode = self.digits(pool.postcode.replace("P", code)).replace("_", " ")
        return kind, name, number, flat, city, postcode, pool

    # ---- addresses of mail ---------------------------------------------------------------

    def mail(self, somebody, provider=None):
        """An address as people choose them."""
        domain = provider or self.pick(somebody.pool.providers)
        if not provider and somebody.company and self.chance(self.mix.work_mail):
            return f"{letters(somebody.given.split()[0])}.{letters(somebody.surname)}@{somebody.company.domain}"
        if somebody.handle:
            word = letters(
                self.pick(
                    (
                        "sol",
                        "luna",
                        "dragon",
                        "biker",
                        "golf",
                        "mar",
                        "happy",
                        "family",
                        "casa",
                        "bella",
                        "star",
                        "wolf",
                        "info",
                        "travel",
                        "rosa",
                        "blue",
                        "tiger",
                        "mini",
                        "juve",
                        "madrid",
                    )
                )
            )
            end = self.pick((self.digits("##"), self.digits("####"), letters(self.surname(somebody.pool))))
            return word + self.pick(("", "_", ".")) + end + "@" + domain
        return f"{self._local(somebody).strip('._') or 'guest'}@{domain}"

    def _local(self, somebody):
        given = letters(
            somebody.nickname if somebody.nickname and self.chance(0.4) else somebody.given.replace("-", " ").split()[0]
        )
        surname, second = letters(somebody.surname), letters(somebody.surname2 or somebody.double_name)
        year = somebody.birth[:4]
        way = self.luck.random()
        if way < 0.26:
            local = f"{given}.{surname}"
        elif way < 0.40:
            local = given + surname
        elif way < 0.50:
            local = given[:1] + self.pick(("", ".", "_")) + surname
        elif way < 0.57:
            local = f"{surname}.{given}"
        elif way < 0.63:
            local = f"{given}_{surname}"
        elif way < 0.69:
            local = surname + given[:1]
        elif way < 0.76:
            local = given + (second or surname)[:3] + surname[:3]
        elif way < 0.83:
            local = given + self.pick((year, year[2:], self.digits("###")))
        elif way < 0.90:
            local = given[:1] + surname + second[:1]
        elif way < 0.95:
            local = given[:3] + surname[:4] + self.pick(("", year[2:]))
        else:
            local = surname + self.pick(("", second, self.digits("##")))
        return local + (self.pick((year[2:], self.digits("#"), self.digits("##"), year)) if self.chance(0.38) else "")

    # ---- companies -----------------------------------------------------------------------

    def company(self, pool):
        """An employer: mostly one that others work for as well."""
        if self.companies and self.chance(0.7):
            return self.companies[int(self.luck.random() ** 2 * len(self.companies))]
        firm = Company()
        firm.id, self.next_id = self.next_id, self.next_id + 1
        core = self.pick(
            (
                self.surname(pool),
                f"{self.surname(pool)} {self.pick(TRADES)}",
                f"{self.surname(pool)} & {self.surname(pool)}",
                f"{self.surname(pool)[:4].title()}{self.pick(TRADES)}",
                self.digits("@@@") + " " + self.pick(TRADES),
            )
        )
        form = self.pick(FIRMS.get(pool.language, "Ltd,S.A.").split(","))
        firm.name, firm.forms, firm.pool = core, [form] + FIRMS.get(pool.language, "Ltd").split(","), pool
        firm.domain = letters(core)[:18] + self.pick((".com", "." + pool.country.lower().replace("gb", "co.uk")))
        firm.desk = (
            self.pick(
                (
                    "travel",
                    "reservas",
                    "booking",
                    "admin",
                    "office",
                    "info",
                    "viajes",
                    "reisen",
                    "secretaria",
                    "assistant",
                    letters(pool.given[1].draw(self.luck)),
                )
            )
            + "@"
            + firm.domain
        )
        firm.phone, firm.home = (pool.dial, pool.trunk, self.digits(self.pick(pool.landlines))), self.home(pool)
        self.companies.append(firm)
        return firm

    # ---- life ----------------------------------------------------------------------------

    def lives(self, somebody):
        """What may have changed since the last visit."""
        mix, home = self.mix, somebody.homes[0][6]
        if self.chance(mix.new_mail):
            somebody.mails.append(self.mail(somebody))
        if self.chance(mix.new_provider):
            somebody.mails.append(somebody.mails[-1].split("@")[0] + "@" + self.pick(somebody.pool.providers))
        if self.chance(mix.new_mobile):
            somebody.mobiles.append(self.mobile(home))
        if self.chance(mix.moved):
            somebody.homes.append(self.home(home))
        if self.chance(mix.new_job):
            somebody.company = self.company(home)
        if somebody.gender and not somebody.pool.two and not somebody.maiden and self.chance(mix.marries):
            somebody.maiden = somebody.surname
            somebody.surname = womans(self.surname(somebody.pool), somebody.pool.language)
        if self.chance(mix.renews):
            somebody.documents = documents.renewed(self, somebody)


def letters(text):
    """The letters of a text as they stand in an address of mail."""
    return "".join(letter for letter in fold(text).lower() if letter.isascii() and letter.isalnum())


def stream(*key):
    """Luck of its own for each purpose."""
    return random.Random(" ".join(map(str, key)))
