#!/usr/bin/env python3
"""Splink on a file of guest profiles: writes the pairs that it scores, `left,right,weight`, as CSV.

    splink_peer.py PROFILES.csv PAIRS.csv [--threads 2]

Needs `pip install splink` (measured with 5.0.0 and its DuckDB backend). The settings are what a careful user would come
to without labelled data, from Splink's own guides:
- Preparation in SQL: lower case, accents stripped, `a, b` in one field cut in two, particles dropped, the first and the
  other surnames apart, the last nine digits of phones, letters and digits of documents. A value of an e-mail, phone or
  document that stands on more than 30 profiles, and placeholder dates, are no value. A portal's relay address is
  none either.
- Comparisons from its library: given name and first surname, each with its frequency, other surnames, e-mail, phones of
  both columns, birth date, document, loyalty number, post code, city, country, gender. The library's comparison of the
  two names together, with their reversal and the frequency of the whole name, was worse (F1 .68 against .74).
- Blocking by each strong value, by both names, and by the first surname with an initial and the country.
- Training: the prior from deterministic rules, u by random sampling, m by expectation maximisation blocked three ways.
"""

import argparse
import json
import time

import duckdb
import splink.comparison_level_library as levels
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

PREPARED = r"""
create table rows as
select record_id, email, phone, mobile, birth_date, doc_number, loyalty_no, postcode, city, country, gender,
  trim(coalesce(first_name, '')) as first_name, trim(coalesce(last_name, '')) as last_name
from read_csv('{file}', all_varchar = true, header = true);
create table named as
select record_id,
  strip_accents(lower(case when first_name <> '' then first_name
    when contains(last_name, ',') then trim(split_part(last_name, ',', 2))
    else split_part(last_name, ' ', 1) end)) as first,
  strip_accents(lower(case when first_name <> '' or not contains(last_name, ' ') then last_name
    when contains(last_name, ',') then split_part(last_name, ',', 1)
    else regexp_replace(last_name, '^\S+\s*', '') end)) as last,
  nullif(lower(trim(email)), '') as address,
  regexp_matches(address, '@.*(guest|relay|reply|messag|partnercentral)') as relay,
  right(regexp_replace(phone, '\D', '', 'g'), 9) as phone9,
  right(regexp_replace(mobile, '\D', '', 'g'), 9) as mobile9,
  nullif(birth_date, '') as birth,
  nullif(regexp_replace(upper(doc_number), '[^A-Z0-9]', '', 'g'), '') as doc,
  nullif(right(regexp_replace(loyalty_no, '\D', '', 'g'), 8), '') as loyalty,
  nullif(replace(postcode, ' ', ''), '') as post, nullif(strip_accents(lower(city)), '') as town,
  nullif(country, '') as land, nullif(upper(left(gender, 1)), '') as sex
from rows;
create table worded as
select *, case when not relay then address end as mail,
  trim(regexp_replace(regexp_replace(first, '[^a-z ]', ' ', 'g'), '\s+', ' ', 'g')) as given,
  list_filter(string_split(trim(regexp_replace(regexp_replace(last, '[^a-z ]', ' ', 'g'), '\s+', ' ', 'g')), ' '),
    lambda word: word not in ('de', 'la', 'del', 'los', 'las', 'da', 'do', 'dos', 'di', 'du', 'le', 'van', 'von', 'der',
      'den', 'y')) as words
from named;
create table profiles as
select record_id as unique_id, nullif(given, '') as given, nullif(words[1], '') as surname,
  nullif(array_to_string(words[2:], ' '), '') as others, left(given, 1) as initial,
  case when count(*) over (partition by mail) <= 30 then mail end as mail,
  case when length(phone9) >= 8 and count(*) over (partition by phone9) <= 30 then phone9 end as phone,
  case when length(mobile9) >= 8 and count(*) over (partition by mobile9) <= 30 then mobile9 end as mobile,
  case when count(*) over (partition by birth) <= 60 and try_cast(birth as date) is not null then birth end as birth,
  case when length(doc) >= 6 and count(*) over (partition by doc) <= 30 then doc end as doc,
  loyalty, post, town, land, sex
from worded;
"""

PHONES = "phone_l = phone_r or phone_l = mobile_r or mobile_l = mobile_r or mobile_l = phone_r"


def settings():
    """Comparisons and blocking."""
    phones = compare.CustomComparison(
        output_column_name="phones",
        comparison_levels=[
            levels.CustomLevel(
                "coalesce(phone_l, mobile_l) is null or coalesce(phone_r, mobile_r) is null", "no phone"
            ).configure(is_null_level=True),
            levels.CustomLevel(PHONES, "a phone in common"),
            levels.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.NameComparison("given").configure(term_frequency_adjustments=True),
            compare.NameComparison("surname").configure(term_frequency_adjustments=True),
            compare.JaroWinklerAtThresholds("others", [0.92]),
            compare.EmailComparison("mail"),
            phones,
            compare.DateOfBirthComparison("birth", input_is_string=True),
            compare.LevenshteinAtThresholds("doc", [1]),
            compare.LevenshteinAtThresholds("loyalty", [1]),
            compare.LevenshteinAtThresholds("post", [1]),
            compare.JaroWinklerAtThresholds("town", [0.9]),
            compare.ExactMatch("land"),
            compare.ExactMatch("sex"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("mail"),
            block_on("phone"),
            block_on("mobile"),
            "l.phone = r.mobile",
            block_on("doc"),
            block_on("loyalty"),
            block_on("given", "surname"),
            "l.given = r.surname and l.surname = r.given",
            block_on("birth", "initial"),
            block_on("birth", "surname"),
            block_on("surname", "initial", "land"),
            block_on("post", "surname"),
        ],
    )


def train(linker):
    linker.training.estimate_probability_two_random_records_match(
        [
            block_on("mail", "surname"),
            block_on("doc", "surname"),
            block_on("birth", "given", "surname"),
            block_on("mobile", "given"),
        ],
        recall=0.4,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in (block_on("given", "surname"), block_on("mail"), block_on("birth")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profiles")
    parser.add_argument("pairs")
    parser.add_argument("--threads", type=int, default=2)
    wanted = parser.parse_args()
    start = time.monotonic()
    database = duckdb.connect(config={"threads": wanted.threads})
    for statement in PREPARED.format(file=wanted.profiles.replace("'", "''")).split(";\n"):
        if statement.strip():
            database.execute(statement)
    linker = Linker(DuckDBAPI(connection=database).register("profiles"), settings(), log_level="ERROR")
    train(linker)
    trained = time.monotonic()
    scored = linker.inference.predict(threshold_match_probability=0.01)
    database.execute(
        f"copy (select unique_id_l as left, unique_id_r as right, match_weight as weight from {scored.physical_name}) "
        f"to '{wanted.pairs}' (format csv, header false)"
    )
    print(
        json.dumps(
            {
                "prepared and trained in s": round(trained - start, 1),
                "predicted in s": round(time.monotonic() - trained, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
