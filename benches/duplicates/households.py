"""People who are easily taken for one another, and are not the same: families, namesakes, colleagues, groups."""

from persons import letters
from pools import womans


def around(world, head):
    """`head` and the people around it."""
    mix, people = world.mix, [head]
    if world.chance(mix.couple):
        people.append(couple(world, head))
    if world.chance(mix.family):
        people += children(world, people[-1] if len(people) > 1 else head, head)
    if world.chance(mix.twins):
        people.append(twin(world, head))
    if world.chance(mix.namesake):
        people.append(namesake(world, head))
    if world.chance(mix.siblings):
        people.append(sibling(world, head))
    if world.chance(mix.flat_share):
        mate = world.person(head.homes[0][6])
        share(world, head, mate, 0.1, 0.1)
        people.append(mate)
    if world.chance(mix.homonym_city):
        people.append(homonym(world, head, same_birth=False))
    if world.chance(mix.homonym_birth):
        people.append(homonym(world, head, same_birth=True))
    if head.company and world.chance(mix.colleagues):
        people += colleagues(world, head)
    return people


def share(world, one, other, mail, phone):
    """Puts a household's contacts on another of its members."""
    other.homes = other.homes if world.chance(world.mix.own_home) else one.homes
    other.country = one.country
    other.landline = one.landline
    if world.chance(mail):
        other.mails = [one.mails[-1]] if world.chance(0.8) else [*other.mails, one.mails[-1]]
    if world.chance(phone):
        other.mobiles = [one.mobiles[-1]]


def couple(world, head):
    """A partner: of another surname where both keep theirs, mostly of the same one elsewhere."""
    mix, pool = world.mix, head.pool
    partner = world.person(
        pool if world.chance(0.9) else None,
        1 - head.gender if world.chance(0.95) else head.gender,
        world.luck.gauss(0, 3) + age(head),
    )
    if not pool.two and world.chance(mix.married_name):
        wife = partner if partner.gender else head
        husband = head if wife is partner else partner
        wife.maiden, wife.surname = wife.surname, womans(husband.surname, pool.language)
        wife.particle = husband.particle
        wife.mails[0] = world.mail(wife) if world.chance(0.7) else wife.mails[0]
    share(world, head, partner, mix.couple_mail, mix.couple_phone)
    head.partner, partner.partner = partner, head
    if world.chance(0.05):
        one, other = (letters(somebody.given.split()[0]) for somebody in (head, partner))
        joint = one + world.pick(("y", "und", "and", "et", "e", ".", "-")) + other
        head.mails = partner.mails = [joint + "@" + world.pick(pool.providers)]
    return partner


def heir(world, parent, other, years):
    """A child of two people, with the names that it gets from them."""
    child = world.person(parent.pool, None, max(1, years))
    child.surname, child.particle, child.double_name = parent.surname, parent.particle, parent.double_name
    if child.gender:
        child.surname = womans(child.surname, child.pool.language)
    if parent.pool.two:
        child.surname2 = other.surname if other is not parent else world.surname(parent.pool)
        if parent.country == "PT" or parent.country == "BR":
            child.surname, child.surname2 = child.surname2, child.surname
    return child


def age(somebody):
    return 2025 - int(somebody.birth[:4])


def children(world, one, other):
    """One to three children, who travel on a parent's contacts."""
    mix, found = world.mix, []
    parents = sorted((one, other), key=lambda somebody: somebody.gender)
    for _ in range(1 + int(world.luck.random() * 3)):
        child = heir(world, parents[0], parents[-1], age(one) - 24 - world.luck.random() * 14)
        share(world, world.pick(parents), child, mix.family_mail, mix.couple_phone)
        found.append(child)
    return found


def twin(world, head):
    """The same birth date, surnames and home; another given name, often of the same letter."""
    other = heir(world, head, head, age(head))
    other.birth, other.surname, other.surname2, other.nationality = (
        head.birth,
        head.surname,
        head.surname2,
        head.nationality,
    )
    other.gender = head.gender if world.chance(0.7) else other.gender
    for _ in range(12):
        other.given, other.second_given, other.double = world.given(head.pool, other.gender)
        if other.given != head.given and (other.given[0] == head.given[0] or world.chance(0.4)):
            break
    share(world, head, other, world.mix.family_mail * 0.6, 0.2)
    return other


def namesake(world, head):
    """A parent or a child of one and the same name in one and the same home."""
    other = heir(world, head, head, age(head) + world.pick((-1, 1)) * (22 + world.luck.random() * 16))
    other.gender, other.given, other.second_given, other.double, other.nickname = (
        head.gender,
        head.given,
        head.second_given,
        head.double,
        "",
    )
    other.surname = head.surname
    if head.pool.two and world.chance(0.3):
        other.surname2 = head.surname2
    if head.pool.language == "en" and world.chance(0.4):
        elder = min(head, other, key=lambda somebody: somebody.birth)
        for somebody in (head, other):
            somebody.generation = "Sr" if somebody is elder else "Jr"
    share(world, head, other, world.mix.family_mail * 0.5, 0.25)
    if other.mails[0] != head.mails[-1]:
        other.mails = [world.mail(other)]
    return other


def sibling(world, head):
    """A grown-up brother or sister: the same surnames, another home, perhaps the parents' landline."""
    other = heir(world, head, head, age(head) + world.luck.gauss(0, 4))
    other.surname2 = head.surname2
    other.landline = head.landline if world.chance(0.4) else other.landline
    if world.chance(0.2):
        other.homes = head.homes
    return other


def homonym(world, head, same_birth):
    """A stranger of the same name, in the same city or born on the same day."""
    other = world.person(head.pool, head.gender)
    for name in (
        "given",
        "second_given",
        "double",
        "surname",
        "surname2",
        "particle",
        "double_name",
        "nationality",
        "country",
    ):
        setattr(other, name, getattr(head, name))
    if head.pool.two and not same_birth and world.chance(0.6):
        other.surname2 = world.surname(head.pool)
    other.mails = [world.mail(other)]
    pool, home = head.homes[0][6], head.homes[0]
    other.homes = [world.home(pool, (home[4], home[5][:2]) if not same_birth else None)]
    if same_birth:
        other.birth = head.birth
    return other


def colleagues(world, head):
    """People of one company whose desk books for all."""
    found = []
    for _ in range(2 + int(world.luck.random() ** 2 * 12)):
        other = world.person(head.homes[0][6])
        other.company = head.company
        found.append(other)
    return found


def group(world):
    """A leader and those who travel along; the leader's contact may stand on all of them."""
    leader = world.person()
    members = [
        world.person(leader.homes[0][6] if world.chance(0.9) else None)
        for _ in range(4 + int(world.luck.random() ** 2 * 50))
    ]
    return leader, members
