"""The numbers of identity documents, with the check digits and letters that their countries give them."""

from pools import fold

DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
PASSPORTS = {
    "ES": "@@@######",
    "FR": "##@@#####",
    "GB": "#########",
    "US": "#########",
    "DE": "C#@@#@##@",
    "IT": "@@#######",
    "NL": "@@@####@#",
    "IE": "@@#######",
    "CH": "@#######",
    "BE": "@@######",
    "PT": "@@######",
    "CN": "E########",
}
CARDS = {  # kind and patterns; countries with check digits have functions below
    "FR": ("CNI", "############ @#@#@@###"),
    "DE": ("ID", "L##@#@#@# T########"),
    "IT": ("CI", "@@#####@@ @@#######"),
    "PT": ("CC", "########@@@# ########"),
    "NL": ("ID", "@@@#####@"),
    "PL": ("ID", "@@@######"),
    "AR": ("DNI", "3####### 2#######"),
    "CO": ("CC", "10######## 5#######"),
    "RO": ("CI", "@@######"),
    "CZ": ("OP", "#########"),
    "AT": ("ID", "########"),
    "CH": ("ID", "E#######"),
    "SE": ("ID", "########"),
    "MX": ("INE", "#############"),
    "GR": ("ID", "@@######"),
    "HU": ("ID", "######@@"),
    "FI": ("ID", "#########"),
    "TR": ("ID", "@##@#####"),
}
KEPT = ("DNI", "NIE", "CPF", "RUT", "CC", "CF", "NN")  # for life, whatever card they stand on
MONTHS = "ABCDEHLMPRST"
ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            2,
            4,
            18,
            20,
            11,
            3,
            6,
            8,
            12,
            14,
            16,
            10,
            22,
            25,
            24,
            23,
        ),
    )
)


def dni(digits):
    """A Spanish number with its letter."""
    return digits + DNI[int(digits) % 23]


def nie(first, digits):
    """A foreigner's number in Spain with its letter."""
    return first + digits + DNI[int(str("XYZ".index(first)) + digits) % 23]


def rut(digits):
    """A Chilean number with its check digit, modulo 11."""
    rest = 11 - sum(int(digit) * (2 + at % 6) for at, digit in enumerate(reversed(digits))) % 11
    return digits + {10: "K", 11: "0"}.get(rest, str(rest))


def cpf(digits):
    """A Brazilian number with its two check digits."""
    for _ in range(2):
        rest = sum(int(digit) * (len(digits) + 1 - at) for at, digit in enumerate(digits)) * 10 % 11 % 10
        digits += str(rest)
    return digits


def national_register(birth, digits):
    """A Belgian number: birth date, serial number, 97 less the remainder."""
    base = birth[2:4] + birth[5:7] + birth[8:10] + digits
    whole = int(("2" if birth >= "2000" else "") + base)
    return base + f"{97 - whole % 97:02}"


def codice_fiscale(surname, given, birth, gender, town):
    """An Italian tax code: consonants, birth date and sex, municipality, check letter."""

    def three(text, is_given):
        name = [letter for letter in fold(text).upper() if "A" <= letter <= "Z"]
        consonants = [letter for letter in name if letter not in "AEIOU"]
        if is_given and len(consonants) > 3:
            consonants = [consonants[0], *consonants[2:]]
        return "".join(consonants + [letter for letter in name if letter in "AEIOU"] + ["X"] * 3)[:3]

    day = int(birth[8:]) + (40 if gender else 0)
    code = three(surname, False) + three(given, True) + birth[2:4] + MONTHS[int(birth[5:7]) - 1] + f"{day:02}" + town
    total = sum(
        ODD[mark] if at % 2 == 0 else int(mark, 36) - (10 if mark.isalpha() else 0) for at, mark in enumerate(code)
    )
    return code + chr(65 + total % 26)


def national(world, somebody):
    """The documents of somebody's own country, the usual one first."""
    country, draw = somebody.nationality, world.digits
    if country == "ES":
        return [("DNI", dni(draw("########")))]
    if country == "CL":
        return [("RUT", rut("1" + draw("#######")))]
    if country == "BR":
        return [("CPF", cpf(draw("#########")))]
    if country == "BE":
        number = ("NN", national_register(somebody.birth, draw("###")))
        return [("ID", draw("59##########"))] + ([number] if world.chance(0.3) else [])
    cards = []
    if country in CARDS:
        kind, patterns = CARDS[country]
        cards = [(kind, draw(world.pick(patterns.split())))]
    if country == "IT" and world.chance(0.35):
        town = draw("@###")
        cards.append(("CF", codice_fiscale(somebody.surname, somebody.given, somebody.birth, somebody.gender, town)))
    return cards


def held(world, somebody):
    """What somebody carries: pairs of kind and number."""
    cards = national(world, somebody) or ([("DRIVING", world.digits("@@@@@######"))] if world.chance(0.15) else [])
    if somebody.country == "ES" and somebody.nationality != "ES" and world.chance(0.4):
        cards.insert(0, ("NIE", nie(world.pick("XYZ"), world.digits("#######"))))
    passport = ("PASSPORT", world.digits(PASSPORTS.get(somebody.nationality, "@@#######")))
    return cards + [passport] if not cards or world.chance(0.6) else cards


def renewed(world, somebody):
    """New numbers where a renewal brings one."""
    return [
        old if old[0] in KEPT else new
        for old, new in zip(somebody.documents, held(world, somebody) + somebody.documents)
    ]
