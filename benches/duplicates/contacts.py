"""What goes wrong with everything but the name: mail, phones, dates, documents, addresses, companies."""

import places
from damage import slip
from persons import letters
from pools import fold

# Portals' relay addresses: what stands before the @ (`N` name, `#` digit, `h` hexadecimal, `a` letter or digit).
RELAYS = {
    "booking": (
        "Naa.######@guest.booking.com*6",
        "N.######@guest.booking.com*4",
        "N.hhhhhhhhhh@property.booking.com",
        "######.aaaaaa@guest.booking.com",
    ),
    "expedia": (
        "aaaaaaaaaa@m.expediapartnercentral.com*6",
        "aaaaaaaaaaaa@guest.hotels.com",
        "aaaaaaaa@m.hotels.com",
        "hhhhhhhh@guest.vrbo.com",
        "aaaaaaaaaa@messages.homeaway.com",
        "aaaaaaaaaaaa@reply.orbitz.com",
    ),
    "agoda": (
        "hhhhhhhhhhhhhhhh@agoda-messaging.com*5",
        "aaaaaaaaaa@guest.trip.com*2",
        "######hhhh@trip-relay.com",
        "aaaaaaaaaaaa@relay.traveloka.com",
        "N.#####@hrs-guest.com",
        "hhhhhhhhhh@guest.hostelworld.com",
        "N###@edreams-guest.com",
        "aaaaaaaa@relay.despegar.com",
    ),
    "airbnb": (
        "N-aaaaaaaaaaaa@guest.airbnb.com*3",
        "aaaaaaaaaaaaaaaaaaaa@reply.airbnb.com",
        "guest-hhhhhhhh@messages.holidu.com",
        "aaaaaaaaaa@fewo-relay.de",
    ),
}
PRIVATE_RELAYS = (
    "aaaaaaaaaa@privaterelay.appleid.com",
    "aaaaaaaaa@mozmail.com",
    "N.aaaaaa@duck.com",
    "aaaaa.aaaaaa@simplelogin.com",
)
NO_MAIL = (
    "noemail@noemail.com no@no.com none@none.com x@x.com na@na.com noreply@hotel.com sinmail@sinmail.com "
    "notiene@notiene.com a@a.com no@tiene.es nomail@mail.com pas@mail.fr keine@mail.de nessuna@email.it "
    "sem@email.pt geen@mail.nl brak@brak.pl test@test.com unknown@unknown.com email@email.com "
    "guest@hotel.com noemail@gmail.com sincorreo@gmail.com N/A - no NO_EMAIL -@-.com xxx@xxx.xx"
).split(" ")
ROLES = (
    "info reception recepcion booking reservas reservations front.desk empfang accueil reservierung "
    "prenotazioni hotel admin contact office rezeption receptie"
).split()
NO_PHONE = (
    "000000000 999999999 123456789 0 00 +34000000000 600000000 111111111 666666666 1234567890 000 +00 "
    "99999 555555555 +490000000 0033000000000 - x 000-000-000 1 +1 34 987654321"
).split()
NO_DATE = (
    "1900-01-01 1970-01-01 1980-01-01 2000-01-01 1899-12-30 1901-01-01 1990-01-01 1950-01-01 1911-11-11 "
    "1753-01-01 1985-01-01 1999-09-09"
).split()
NO_DOCUMENT = (
    "X XXX PENDIENTE PENDING 0 NO 00000000T AAA000000 123456 12345678 12345678Z - N/A PASSPORT DNI TBA "
    "XXXXXXXX 000000000 11111111H SIN_DNI UNKNOWN 1 KEINE AUCUN NESSUNO 99999999 PASAPORTE 1234"
).split(" ")
KINDS = {
    "DNI": "DNI DNI DNI NIF D D.N.I. ID CARTA_ID",
    "NIE": "NIE NIE NIE TIE N RESIDENCE DNI",
    "PASSPORT": "PASSPORT PASSPORT PASAPORTE P PAS PP Passeport Reisepass Passaporto PASS",
    "CNI": "CNI CNI CNI ID CI IDENTITY_CARD CARTE",
    "ID": "ID ID IDCARD Personalausweis PA NATIONAL_ID I CI",
    "CI": "CI CI CI ID CARTA_IDENTITA C.I. IDENT",
    "CC": "CC CC BI ID CARTAO",
    "DRIVING": "DRIVING DRIVING DL LICENCE CARNET",
    "CF": "CF CF CODICE_FISCALE TAX_ID ID",
    "NN": "NN ID NATIONAL_ID",
    "CPF": "CPF CPF ID",
    "RUT": "RUT RUT RUN ID",
}
TYPOS = {
    "gmail.com": (
        "gmial.com gmail.con gmai.com gmail.es gmal.com gmail.co gnail.com gmail.cm gamil.com gmail.fr "
        "gmail.de gmail.it gmaill.com"
    ),
    "hotmail.com": (
        "hotmial.com hotmail.con hotmai.com hotmail.es hotmal.com homail.com hotmail.co hotnail.com hotmaill.com"
    ),
    "yahoo.es": "yaho.es yahoo.com",
    "yahoo.com": "yaho.com yahoo.es yahoo.con",
    "icloud.com": "iclod.com icloud.con icoud.com iclould.com",
    "outlook.com": "outlok.com outlook.con outlook.es outloock.com",
    "orange.fr": "ornage.fr orange.com",
    "web.de": "wed.de web.com",
    "libero.it": "libro.it libero.com",
    "gmx.de": "gmx.net gmx.com",
}
TAGS = "hotel travel booking spam holiday reservas viajes h2 news urlaub".split()
SPELLED_FIRMS = str.maketrans({".": None, ",": None})


def pattern(world, text, name):
    """A relay address from its pattern."""
    draw = world.luck.random
    local, _, domain = text.partition("@")
    made = [
        name
        if mark == "N"
        else str(int(draw() * 10))
        if mark == "#"
        else "0123456789abcdef"[int(draw() * 16)]
        if mark == "h"
        else "abcdefghijklmnopqrstuvwxyz0123456789"[int(draw() * 36)]
        if mark == "a"
        else mark
        for mark in local
    ]
    return "".join(made) + "@" + domain


def relay(world, somebody, channel, again):
    """The alias that a portal gives: the same for some guests of some portals, else a new one each booking.

    `again`: for another guest of the same booking."""
    stable = world.mix.stable_relay.get(channel, world.mix.same_relay)
    known = somebody.aliases.get(channel)
    if known and (again or world.chance(stable)):
        return known
    text, _, _ = world.pick(world.relays[channel]).partition("*")
    name = (
        letters(somebody.given)[:1] + letters(somebody.surname)[:5]
        if world.chance(0.6)
        else letters(somebody.given)[:6]
    )
    somebody.aliases[channel] = pattern(world, text, name)
    return somebody.aliases[channel]


def mail(world, somebody, contact, channel):
    """The address of mail on a record of `somebody` whose booking `contact` made."""
    mix = world.mix
    if world.chance(mix.mail_bad):
        return world.pick(NO_MAIL).replace("_", " ")
    if world.chance(mix.house_mail):
        return world.house_mail
    if channel.kind == "relay":
        return relay(world, contact, channel.name, again=contact is not somebody)
    if channel.kind == "operator" and world.chance(0.85):
        return world.operator()[0]
    if channel.kind == "corporate" and somebody.company:
        firm = somebody.company
        return (
            firm.desk
            if world.chance(mix.desk_mail)
            else f"{letters(somebody.given)}.{letters(somebody.surname)}@{firm.domain}"
        )
    if world.chance(mix.role_mail):
        return world.pick(ROLES) + "@" + world.pick(somebody.pool.providers + [world.house_mail.split("@")[1]])
    if world.chance(0.006) and contact is somebody:
        return pattern(world, world.pick(PRIVATE_RELAYS), letters(somebody.given)[:5])
    own = contact.mails[-1] if len(contact.mails) == 1 or world.chance(0.82) else world.pick(contact.mails)
    return mistyped_mail(world, own, contact)


def mistyped_mail(world, own, contact):
    """One's own address, as it comes out."""
    mix, way = world.mix, world.luck.random()
    local, _, domain = own.partition("@")
    if way < mix.mail_typo:
        own = slip(world, local) + "@" + domain
    elif way < mix.mail_typo + mix.mail_domain_typo:
        own = local + "@" + (world.pick(TYPOS[domain].split()) if domain in TYPOS else slip(world, domain))
    elif way < mix.mail_typo + mix.mail_domain_typo + mix.mail_tag:
        own = local + "+" + world.pick(TAGS) + "@" + domain
    elif domain == "gmail.com" and world.chance(mix.mail_dots) and len(local) > 5:
        at = 2 + int(world.luck.random() * (len(local) - 3))
        own = (
            (local.replace(".", "") if "." in local else local[:at] + "." + local[at:])
            + "@"
            + ("googlemail.com" if world.chance(0.2) else domain)
        )
    elif world.chance(mix.mail_shortened):
        own = own[: max(6, len(own) - 1 - int(world.luck.random() * 5))]
    elif world.chance(mix.mail_two):
        own = own + world.pick(("; ", ", ", " / ", ";")) + world.pick(contact.mails)
    if world.chance(mix.mail_case):
        return world.pick((own.upper(), own.upper(), own.capitalize(), " " + own, own + " "))
    return own


def phone(world, number, home, country=None):
    """A phone number in one of its spellings; `home` is the country where it is typed."""
    mix = world.mix
    dial, trunk, rest = number
    if world.chance(mix.phone_typo):
        rest = wrong_digit(world, rest)
    local = country == home or world.chance(mix.local_number_abroad * 0.3)
    way = world.luck.random()
    if not local or way < mix.phone_foreign * (0.6 if local else 1):
        split = rest[:3] + " " + rest[3:6] + " " + rest[6:]
        spelled = world.pick(
            (
                f"+{dial}{rest}",
                f"+{dial}{rest}",
                f"+{dial} {split}",
                f"00{dial}{rest}",
                f"(+{dial}) {rest}",
                f"+{dial}-{rest[:3]}-{rest[3:]}",
                f"+{dial} ({trunk or 0}) {rest}" if trunk else f"+{dial} {rest}",
                f"{dial}{rest}",
                f"00{dial} {split}",
                f"+{dial}.{rest}",
                f"+{dial} {rest[:2]} {rest[2:4]} {rest[4:6]} {rest[6:]}",
            )
        )
    else:
        own = trunk + rest
        spelled = world.pick(
            (
                own,
                own,
                own,
                f"{own[:3]} {own[3:6]} {own[6:]}",
                f"{own[:3]}-{own[3:]}",
                f"{own[:2]}.{own[2:5]}.{own[5:]}",
                f"{own[:4]}/{own[4:]}",
                f"{own[:3]} {own[3:5]} {own[5:7]} {own[7:]}",
                f"({own[:3]}) {own[3:]}",
            )
        )
    if world.chance(mix.phone_note):
        spelled += world.pick((" (móvil)", " mob", " ext. 12", " Maria", " /", " *", " (w)", " whatsapp"))
    return spelled


def wrong_digit(world, text):
    """A digit exchanged, turned round with its neighbour, or lost."""
    at = int(world.luck.random() * len(text))
    way = world.luck.random()
    if way < 0.5:
        return text[:at] + str(int(world.luck.random() * 10)) + text[at + 1 :]
    if way < 0.85 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :]


def birth(world, date):
    """A birth date, as ISO 8601 or as something that is none."""
    mix, way = world.mix, world.luck.random()
    year, month, day = date.split("-")
    if way < mix.birth_bad:
        return world.pick(NO_DATE)
    way -= mix.birth_bad
    if way < mix.birth_swapped:
        return f"{year}-{day}-{month}" if int(day) <= 12 else date
    way -= mix.birth_swapped
    if way < mix.birth_year_only:
        return f"{year}-01-01"
    if way < mix.birth_year_only + mix.birth_typo:
        part = world.luck.random()
        if part < 0.35:
            return f"{year}-{month}-{1 + int(world.luck.random() * 28):02}"
        if part < 0.55:
            return f"{year}-{1 + int(world.luck.random() * 12):02}-{min(int(day), 28):02}"
        if part < 0.70:
            return f"{year[:2]}{year[3]}{year[2]}-{month}-{day if day != '29' else '28'}"
        years = world.pick((-1, 1, -10, 10, 1, -1, 100 if year < "1930" else -2))
        return f"{int(year) + years}-{month}-{day if day != '29' else '28'}"
    return date


def document(world, somebody):
    """Kind and number of the document that was shown."""
    mix = world.mix
    kind, number = somebody.documents[-1 if len(somebody.documents) > 1 and world.chance(mix.other_document) else 0]
    way = world.luck.random()
    if way < mix.document_bad:
        return world.pick((kind, "")), world.pick(NO_DOCUMENT).replace("_", " ")
    if way < mix.document_bad + mix.document_typo:
        number = (
            wrong_digit(world, number) if world.chance(0.7) else number.translate(str.maketrans("O0I1S5B8", "0O1I5S8B"))
        )
    if kind in ("DNI", "NIE", "RUT", "CC") and world.chance(mix.document_short):
        number = number[:-1]
    elif world.chance(mix.document_spelled):
        number = world.pick(
            (
                number[:-1] + "-" + number[-1],
                f"{number[:2]}.{number[2:5]}.{number[5:]}",
                f"{number[:3]} {number[3:]}",
                number.lower(),
                number + " ",
                f"{number[:8]} {number[8:]}",
                "0" + number if kind == "DNI" else number,
                f"ES {number}" if kind == "DNI" else number.replace("0", "O", 1),
            )
        )
    told = world.pick(KINDS.get(kind, kind).split()).replace("_", " ")
    if world.chance(mix.document_kind_wrong):
        told = world.pick(("PASSPORT", "DNI", "ID", "OTHER"))
    return "" if world.chance(mix.document_kind_missing) else told, number


def street(world, home):
    """A street as it is written here; numbers stand where the language puts them."""
    mix = world.mix
    kind, name, number, flat, _, _, pool = home
    long, shorts = pool.street_kinds[kind]
    word = world.pick(shorts) if world.chance(mix.street_short) else long.lstrip("+-")
    if long[0] == "+":
        road = name + word
    elif long[0] == "-":
        road = f"{name.rstrip('-')} {word}"
    else:
        road = f"{word} {name}"
    if world.chance(mix.street_typo):
        road = slip(world, road)
    if world.chance(mix.street_number_lost):
        return road
    if pool.language in ("fr", "en", "ar", "in", "zh"):
        text = f"{number} {road}" if world.chance(0.85) else f"{number}, {road}"
    else:
        text = road + world.pick((" ", ", ", ", ", " nº ", ",")) + number
    return text + (world.pick((" ", ", ", " - ")) + flat if flat and world.chance(0.55) else "")


def city(world, home):
    """A city, perhaps by the name that it has abroad."""
    name = home[4]
    if world.chance(world.mix.city_abroad) and name in places.EXONYMS:
        return world.pick(places.EXONYMS[name])
    if world.chance(world.mix.city_other):
        return home[6].city(world.luck)[0] if world.chance(0.6) else slip(world, name)
    return name


def postcode(world, home):
    code = home[5]
    if world.chance(world.mix.postcode_typo):
        return wrong_digit(world, code)
    return code.replace(" ", "") if world.chance(0.15) else code.lstrip("0") if world.chance(0.01) else code


def firm(world, company):
    """A company's name as it is written here."""
    name = company.name
    if world.chance(0.55):
        name += " " + (company.forms[0] if world.chance(0.8) else world.pick(company.forms))
    if world.chance(world.mix.company_spelled):
        way = world.luck.random()
        name = (
            name.upper()
            if way < 0.4
            else fold(name)
            if way < 0.6
            else name.translate(SPELLED_FIRMS)
            if way < 0.75
            else name.replace("&", "y")
            if way < 0.8
            else slip(world, name)
        )
    return name
