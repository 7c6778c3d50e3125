//! HTML forms as a browser sees them: what a page asks for, and what pressing a button sends.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Selector};

/// One form of a page, with the values a browser would send untouched.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) action: String,
    fields: Vec<(String, String)>,
    buttons: Vec<(String, String)>,
}

impl Form {
    /// Every form of `page`, in page order.
    pub(super) fn all(page: &str) -> Vec<Self> {
        let document = Html::parse_document(page);
        document.select(&selector("form")).map(Self::read).collect()
    }

    /// The first form that has a field or button called `name`.
    pub(super) fn with(page: &str, name: &str) -> Option<Self> {
        Self::all(page).into_iter().find(|form| form.has(name))
    }

    /// The first form whose field `name` is `value` already.
    pub(super) fn with_value(page: &str, name: &str, value: &str) -> Option<Self> {
        Self::all(page).into_iter().find(|form| form.value(name) == Some(value))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some() || self.buttons.iter().any(|(button, _)| button == name)
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The values of the submit buttons called `name`.
    pub(super) fn buttons<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.buttons.iter().filter(move |(button, _)| button == name).map(|(_, value)| value.as_str())
    }

    /// Types `value` into `name`, adding the field when the page has a script make it.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }

    pub(super) fn set_all(&mut self, values: &BTreeMap<String, String>) {
        for (name, value) in values {
            self.set(name, value);
        }
    }

    /// The request body, `application/x-www-form-urlencoded`.
    pub(super) fn body(&self) -> String {
        encode(&self.fields)
    }

    fn read(form: ElementRef<'_>) -> Self {
        let mut read = Self {
            action: attribute(form, "action").split('#').next().unwrap_or_default().to_owned(),
            fields: Vec::new(),
            buttons: Vec::new(),
        };
        for control in form.select(&selector("input, select, textarea, button")) {
            let name = attribute(control, "name");
            if name.is_empty() || !belongs(control, form) {
                continue;
            }
            match control.value().name() {
                "input" => read.input(control, name),
                "select" => read.fields.push((name, chosen(control))),
                "textarea" => read.fields.push((name, control.text().collect())),
                _ => read.buttons.push((name, attribute(control, "value"))),
            }
        }
        read
    }

    fn input(&mut self, control: ElementRef<'_>, name: String) {
        let value = control.value().attr("value");
        match control.value().attr("type").unwrap_or("text") {
            "submit" | "button" | "image" => self.buttons.push((name, value.unwrap_or_default().to_owned())),
            "checkbox" | "radio" => {
                if control.value().attr("checked").is_some() {
                    self.fields.push((name, value.unwrap_or("on").to_owned()));
                }
            }
            _ => self.fields.push((name, value.unwrap_or_default().to_owned())),
        }
    }
}

/// Whether `form` is the nearest one around `control`: the pages close their forms across open
/// blocks, so that in the parsed tree a later form lies inside an earlier one.
fn belongs(control: ElementRef<'_>, form: ElementRef<'_>) -> bool {
    let mut forms = control.ancestors().filter_map(ElementRef::wrap).filter(|e| e.value().name() == "form");
    forms.next().is_some_and(|nearest| nearest.id() == form.id())
}

/// `fields` as a request body.
pub(super) fn encode<K: AsRef<str>, V: AsRef<str>>(fields: &[(K, V)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The visible words of a page, scripts and styles left out: for messages of a failed test.
pub(super) fn words(page: &str) -> String {
    let document = Html::parse_document(page);
    let texts = document.root_element().descendants().filter_map(|node| {
        let parent = node.parent()?;
        let hidden =
            parent.value().as_element().is_some_and(|e| matches!(e.name(), "script" | "style" | "option"));
        node.value().as_text().filter(|_| !hidden).map(|text| text.trim().to_owned())
    });
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn chosen(select: ElementRef<'_>) -> String {
    let options: Vec<_> = select.select(&selector("option")).collect();
    let option = options.iter().find(|o| o.value().attr("selected").is_some()).or_else(|| options.first());
    option
        .map(|o| o.value().attr("value").map_or_else(|| o.text().collect(), str::to_owned))
        .unwrap_or_default()
}

fn attribute(element: ElementRef<'_>, name: &str) -> String {
    element.value().attr(name).unwrap_or_default().to_owned()
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("the selector is written in this file")
}
