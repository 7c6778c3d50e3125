//! The weekday field of a cron expression, rewritten as a list of names.
//!
//! The `cron` crate reads `1` as Sunday and refuses `0`; everybody who writes a crontab means Monday by `1` and
//! Sunday by `0` or `7`. Spelling the days out leaves nothing to misread, also for ranges that pass over Sunday.

const NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Spells the field out; `None` when it cannot be read. `*` and `?` stay `*`.
pub(super) fn spell_out(field: &str) -> Option<String> {
    if field == "*" || field == "?" {
        return Some("*".to_owned());
    }
    let mut days = [false; 7];
    for item in field.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, step.parse::<usize>().ok().filter(|step| *step > 0)?),
            None => (item, 1),
        };
        let (first, last) = bounds(range, item.contains('/'))?;
        for day in (first..=last).step_by(step) {
            *days.get_mut(day % 7)? = true;
        }
    }
    let named: Vec<&str> = NAMES.iter().zip(days).filter(|(_, set)| *set).map(|(name, _)| *name).collect();
    Some(named.join(","))
}

/// The first and last day of a range, the last not below the first: a range over Sunday counts on past 6.
fn bounds(range: &str, stepped: bool) -> Option<(usize, usize)> {
    if range == "*" {
        return Some((0, 6));
    }
    let Some((first, last)) = range.split_once('-') else {
        let day = number(range)?;
        return Some((day, if stepped { 6.max(day) } else { day }));
    };
    let (first, last) = (number(first)?, number(last)?);
    Some((first, if last < first { last + 7 } else { last }))
}

/// The number of a day: 0 to 7, or a name of three letters.
fn number(text: &str) -> Option<usize> {
    if let Some(day) = NAMES.iter().position(|name| name.eq_ignore_ascii_case(text)) {
        return Some(day);
    }
    text.parse().ok().filter(|day| *day <= 7)
}
