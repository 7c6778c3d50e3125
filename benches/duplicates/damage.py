"""What goes wrong between a name in a passport and a name in a register."""

import functools

import words
from pools import fold

SWAPPED_KEYS = {}
for _row, _keys in enumerate(words.KEYS):
    for _at, _key in enumerate(_keys):
        SWAPPED_KEYS[_key] = [
            near
            for keys in words.KEYS[max(0, _row - 1) : _row + 2]
            for near in keys[max(0, _at - 1) : _at + 2]
            if near.isalpha() and near != _key
        ]
TRANSLITERATED = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ß": "ss",
        "ñ": "ny",
        "Ñ": "Ny",
        "ø": "oe",
        "Ø": "Oe",
        "å": "aa",
        "Å": "Aa",
        "æ": "ae",
        "œ": "oe",
        "ç": "c",
        "ş": "sh",
        "ž": "zh",
        "š": "sh",
        "č": "ch",
        "ł": "l",
        "ő": "oe",
        "ű": "ue",
    }
)
SURNAME_FIRST = ("hu", "zh", "ja")
SPANISH_SHORT = {
    "María": ("Mª", "M.", "Ma.", "M", "Ma", "Mº"),
    "Francisco": ("Fco.", "Fco", "F."),
    "José": ("J.", "Jse", "Jose"),
    "Antonio": ("Ant.", "A."),
    "Juan": ("J.", "Jn"),
    "Manuel": ("Mnel", "M."),
}


@functools.cache
def sounds(language):
    """Pairs of spellings that a listener takes for one another, both ways."""
    pairs = [pair.split() for pair in words.SOUNDS.get(language, words.SOUNDS["en"]).split(",")]
    pairs = [(one, "" if other == "_" else other) for one, other in pairs]
    return pairs + [(other, one) for one, other in pairs if other]


SCANS = [pair.split() for pair in words.SCANNED.split(",")]


def typo(world, text, language):
    """One slip: of the fingers, the ear or the scanner."""
    way = world.luck.random()
    if len(text) < 3:
        return text
    if way < 0.30:
        return misheard(world, text, sounds(language))
    if way < 0.36:
        return misheard(world, text, SCANS)
    return slip(world, text)


def misheard(world, text, pairs):
    """One spelling exchanged for another where one is found, else a slip."""
    low, start = text.lower(), int(world.luck.random() * len(pairs))
    for one, other in pairs[start:] + pairs[:start]:
        at = low.find(one, 0 if other else 1)
        # `İ` is two letters long in lower case.
        if at >= 0 and len(low) == len(text):
            other = other.capitalize() if text[at].isupper() else other
            return text[:at] + other + text[at + len(one) :]
    return slip(world, text)


def slip(world, text):
    """A letter left out, doubled, hit beside, added, or two turned round; the first letter is mostly right."""
    at = int(world.luck.random() * len(text)) if world.chance(0.12) else 1 + int(world.luck.random() * (len(text) - 1))
    way, near = world.luck.random(), SWAPPED_KEYS.get(text[at].lower())
    if way < 0.27:
        return text[:at] + text[at + 1 :]
    if way < 0.40:
        return text[:at] + text[at] + text[at:]
    if way < 0.66 and near:
        return text[:at] + world.pick(near) + text[at + 1 :]
    if way < 0.76 and near:
        return text[:at] + world.pick(near) + text[at:]
    if at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:-1]


# ---- which of the names, and in which form -----------------------------------------------


def given_names(world, somebody, channel):
    """The given names as this guest tells them or this clerk writes them."""
    mix, pool, name = world.mix, somebody.pool, somebody.given
    known = pool.nicknames.get(fold(name).lower())
    casual = 2 if channel.source == "CRM" else 1
    if somebody.nickname and world.chance(0.75):
        return somebody.nickname
    if known and world.chance(mix.nickname * casual):
        return world.pick(known)
    if world.chance(mix.cognate):
        return world.pick(world.cognates.get(fold(name).lower(), (name,)))
    if somebody.double and world.chance(mix.compound_cut):
        return cut(world, name, pool.language)
    if somebody.second_given:
        if world.chance(mix.second_given_alone):
            return somebody.second_given
        if world.chance(mix.second_given_shown):
            return (
                name
                + " "
                + (somebody.second_given if world.chance(0.6) else somebody.second_given[0] + world.pick(("", ".")))
            )
    if world.chance(mix.initial):
        return ".".join(word[0] for word in name.replace("-", " ").split()) + world.pick((".", ""))
    return (
        name + " " + world.pick("ABCDEFGHJLMNPRSTV") + world.pick((".", ""))
        if world.chance(mix.middle_initial)
        else name
    )


def cut(world, name, language):
    """A compound given name, shortened in one of the ways in which people do."""
    mark = "-" if "-" in name else " "
    first, _, rest = name.partition(mark)
    way = world.luck.random()
    if language == "es" and first in SPANISH_SHORT and way < 0.45:
        return world.pick(SPANISH_SHORT[first]) + " " + rest
    if way < 0.62:
        return first
    if way < 0.72:
        return f"{first} {rest}" if mark == "-" else f"{first}-{rest}"
    if way < 0.80:
        return first + rest.lower() if " " not in rest else first
    if way < 0.86:
        return first + " " + rest[0] + world.pick(("", "."))
    if way < 0.90:
        return first[0] + mark + rest[0]
    return rest.split(" ")[-1]


def surnames(world, somebody, channel, named):
    """The surnames as they are told; `named` is the married name where one is borne."""
    mix, one, two = world.mix, named or somebody.surname, somebody.surname2
    one = with_particle(world, somebody.particle, one)
    if somebody.maiden and not two and world.chance(mix.maiden_and_married * 0.5):
        return one + world.pick(("-", " ", " née ", " geb. ")) + somebody.maiden
    if somebody.double_name:
        if world.chance(mix.half_of_double):
            return one if world.chance(0.6) else somebody.double_name
        return one + world.pick(("-", "-", " ")) + somebody.double_name
    if not two:
        return one
    if somebody.pool.country in ("PT", "BR"):
        # The father's name stands last there and is the one that is told alone.
        return f"{one} {two}" if world.chance(channel.fill["second_surname"]) else two if world.chance(0.8) else one
    if world.chance(channel.fill["second_surname"]):
        if world.chance(mix.surnames_turned):
            return f"{two} {one}"
        return (
            one
            + ("-" if world.chance(mix.surname_joined) else " y " if world.chance(mix.surname_joined * 0.3) else " ")
            + two
        )
    if world.chance(mix.second_only):
        return two
    return one + " " + two[0] + "." if world.chance(0.02) else one


def with_particle(world, particle, name):
    """A surname behind its particle: kept, dropped, glued or in another dress."""
    mix = world.mix
    if not particle:
        return name
    if not particle.endswith(" "):
        way = world.luck.random()
        return (
            particle + (name if way > mix.particle_glued * 2 else " " + name)
            if way > 0.15
            else particle.rstrip("'-") + world.pick(("", " ", "´", "`")) + name
        )
    if world.chance(mix.particle_dropped):
        return name
    if world.chance(mix.particle_glued):
        return particle.replace(" ", "").capitalize() + name
    return (particle.title() if world.chance(0.3) else particle) + name


# ---- how it is typed ---------------------------------------------------------------------


def mistyped(world, text, language, rate):
    """A text with a slip or two, on one of its words."""
    if not world.chance(rate):
        return text
    parts = text.split(" ")
    for _ in range(2 if world.chance(world.mix.two_typos) else 1):
        at = max(range(len(parts)), key=lambda place: (len(parts[place]) > 2) * world.luck.random())
        parts[at] = typo(world, parts[at], language)
    return " ".join(parts)


def accents(world, texts, channel):
    """What becomes of letters that a keyboard or a database lacks."""
    mix, joined = world.mix, "".join(texts)
    if joined.isascii():
        return texts
    if world.chance(channel.fill["accents_lost"]):
        if world.chance(mix.transliterated):
            texts = [text.translate(TRANSLITERATED) for text in texts]
        return [fold(text) for text in texts]
    if world.chance(mix.mojibake):
        way = world.luck.random()
        code = "cp1252" if way < 0.7 else "latin-1" if way < 0.9 else "cp850"
        return [text.encode().decode(code, "ignore" if way < 0.8 else "replace") for text in texts]
    if world.chance(mix.marks_lost):
        lost = world.pick(("?", "", "_", "\ufffd", "#"))
        return ["".join(letter if letter.isascii() else lost for letter in text) for text in texts]
    return texts


def capitals(world, texts, channel):
    if world.chance(channel.fill["capitals"]):
        return [text.upper() for text in texts]
    way = world.luck.random()
    if way < world.mix.lower_case:
        return [text.lower() for text in texts]
    if way < world.mix.lower_case + 0.03:
        return [texts[0], texts[1].upper()]
    return texts


def littered(world, first, last, title):
    """Titles, notes and blanks inside the names."""
    mix = world.mix
    if title and world.chance(mix.title_in_name):
        way = world.luck.random()
        first, last = (
            (f"{title} {first}", last)
            if way < 0.5
            else (first, f"{last} {title}")
            if way < 0.8
            else (first, f"{title} {last}")
        )
    if world.chance(mix.noise_in_name):
        noise = world.pick(words.NOISE)
        first, last = (f"{first} {noise}", last) if world.chance(0.4) else (first, f"{last} {noise}")
    if world.chance(mix.stray_space):
        first, last = first + " ", " " + last.replace(" ", "  ")
    if world.chance(mix.letter_swapped_for_digit):
        last = last.replace("O", "0").replace("o", "0", 1)
    return first, last


def placed(world, somebody, first, last):
    """The names in the fields: mostly each in its own."""
    mix, way = world.mix, world.luck.random()
    swapped = min(0.3, mix.swapped * (6 if somebody.pool.language in SURNAME_FIRST else 1))
    if way < swapped:
        return last, first
    way -= swapped
    if way < mix.one_field:
        order = world.pick((f"{last}, {first}", f"{last}, {first}", f"{first} {last}", f"{last} {first}"))
        return (order, "") if world.chance(0.25) else ("", order)
    way -= mix.one_field
    if way < mix.slashed:
        return "", f"{fold(last).upper()}/{fold(first).upper()}" + world.pick(("", " MR", " MRS", "MR"))
    if way < mix.slashed + mix.machine_zone:
        first, last = machine(first), machine(last)
        return ("", f"{last}<<{first}") if world.chance(0.5) else (first, last)
    return first, last


def machine(text):
    """A name as the machine-readable zone of a passport has it."""
    return fold(text.translate(TRANSLITERATED)).upper().replace("-", "<").replace("'", "").replace(" ", "<")


def written(world, somebody, channel, title, named=""):
    """A person's names as one register holds them."""
    mix, language = world.mix, somebody.pool.language
    first = mistyped(world, given_names(world, somebody, channel), language, mix.typo_given)
    last = mistyped(world, surnames(world, somebody, channel, named), language, mix.typo_surname)
    if somebody.generation and world.chance(0.4):
        last = f"{last} {somebody.generation}" if world.chance(0.7) else f"{last}, {somebody.generation}."
    first, last = capitals(world, accents(world, [first, last], channel), channel)
    first, last = littered(world, first, last, title)
    if world.chance(mix.truncated):
        first, last = first[: mix.widths[0]].rstrip(), last[: mix.widths[1]].rstrip()
    return placed(world, somebody, first, last)
