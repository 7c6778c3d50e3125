//! The interface as its description has it: which routes there are, and what answers look like.

use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../docs/api.openapi.json")).expect("the description is JSON")
});

/// Every route of the description, as `get /v1/systems`.
pub(super) fn routes() -> BTreeSet<String> {
    let paths = DESCRIPTION["paths"].as_object().expect("paths");
    let of = |(path, calls): (&String, &Value)| {
        let calls = calls.as_object().expect("calls").keys();
        calls.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

/// The routes that a module declares in its text, as `get /desk/queue`, below `prefix`.
pub(super) fn declared(source: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in source.split(".route(").skip(1) {
        let path = part.split('"').nth(1).expect("a path");
        let handlers =
            part.split(".layer(").next().unwrap_or(part).split(".fallback(").next().unwrap_or(part);
        for method in ["get", "post"] {
            if handlers.contains(&format!("{method}(")) {
                found.insert(format!("{method} {prefix}{path}"));
            }
        }
    }
    found
}

/// What an answer must look like, checked against the description.
#[track_caller]
pub(super) fn check(method: &str, path: &str, status: u16, kind: &str, body: &str) {
    let answer = &DESCRIPTION["paths"][path][method]["responses"][status.to_string()];
    assert!(answer.is_object(), "{method} {path} is not described to answer {status}: {body}");
    let schema = &answer["content"][kind]["schema"];
    assert!(schema.is_object(), "{method} {path} is not described to answer {status} with `{kind}`: {body}");
    let value: Value = serde_json::from_str(body).expect("JSON");
    if let Err(why) = fits(schema, &value, "answer") {
        panic!("{method} {path}: {why}: {body}");
    }
}

/// Whether a value fits a schema, as far as the description uses schemas.
fn fits(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        return fits(&DESCRIPTION["components"]["schemas"][name], value, place);
    }
    let is_type = match schema["type"].as_str().ok_or_else(|| format!("{place}: the schema has no type"))? {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        other => return Err(format!("{place}: what is a {other}?")),
    };
    if !is_type {
        return Err(format!("{place} is no {}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Err(format!("{place} is none of {}", schema["enum"]));
    }
    for (nth, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(&schema["items"], item, &format!("{place}[{nth}]"))?;
    }
    let Some(fields) = value.as_object() else { return Ok(()) };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            return Err(format!("{place} has no `{name}`"));
        }
    }
    for (name, field) in fields {
        let known = &schema["properties"][name];
        let place = format!("{place}.{name}");
        if known.is_object() {
            fits(known, field, &place)?;
        } else if schema["additionalProperties"] == false {
            return Err(format!("{place} is not described"));
        }
    }
    Ok(())
}

#[test]
fn check_finds_what_does_not_fit() {
    let good = r#"{"systems":[{"id":"crm","health":"new","failures":0,"waiting":[],"parked":0}]}"#;
    let schema = serde_json::json!({"$ref": "#/components/schemas/Systems"});
    let judge = |text: &str| fits(&schema, &serde_json::from_str(text).expect("JSON"), "answer");
    assert_eq!(judge(good), Ok(()));
    for (from, to) in [("\"new\"", "\"ill\""), ("\"id\"", "\"ids\""), ("0,", "\"0\","), ("[]", "[{}]")] {
        assert!(judge(&good.replacen(from, to, 1)).is_err(), "{to}");
    }
}
