//! A window on the desk: what somebody who sits before it does and sees.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use cardex::model::OperatorRole;
use serde_json::{Value, json};

use super::driver::{Session, axe};
use crate::web::site::PASSWORD;

/// How long something may take until it is seen.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often is looked.
const LOOK: Duration = Duration::from_millis(25);

/// What axe-core is asked, and what it answers: what is seriously wrong, and where.
const JUDGE: &str = "
    const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run(document, { runOnly: tags, resultTypes: ['violations'] }).then((result) => done(result.violations
        .filter((rule) => ['serious', 'critical'].includes(rule.impact) || rule.id.startsWith('heading')
            || rule.id.startsWith('landmark') || rule.id === 'region')
        .flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.failureSummary}`))));";

/// What axe-core does not look for: a page that is wider than the window, and controls that a finger misses.
const MEASURE: &str = "
    const root = document.documentElement;
    const found = [];
    if (root.scrollWidth > root.clientWidth) found.push(`${root.scrollWidth} wide in ${root.clientWidth}`);
    for (const control of document.querySelectorAll('a[href], button, select, input:not([type=hidden]), textarea, summary')) {
        const box = (control.type === 'radio' || control.type === 'checkbox' ? control.closest('label') ?? control : control)
            .getBoundingClientRect();
        const inText = control.matches('a') && (control.closest('p, dd') || control.matches('.skip'));
        if (!inText && box.height && Math.round(box.height) < 44) found.push(`${control.outerHTML.slice(0, 120)} is ${box.height} high`);
    }
    return found;";

/// How the desk is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) dark: bool,
    pub(crate) tablet: bool,
}

/// Keys that have no letter.
pub(crate) mod key {
    pub(crate) const ENTER: &str = "\u{e007}";
    pub(crate) const TAB: &str = "\u{e004}";
}

/// A browser with one window.
pub(crate) struct Window {
    session: Session,
    address: SocketAddr,
    scripts: bool,
}

impl Window {
    /// A window of somebody who has never been here.
    pub(crate) async fn open(address: SocketAddr, language: &str, scripts: bool) -> Self {
        Self { session: Session::open(language, scripts).await, address, scripts }
    }

    /// A window in which an operator of this role has signed in, in English.
    pub(crate) async fn of(address: SocketAddr, role: OperatorRole) -> Self {
        let window = Self::open(address, "en", true).await;
        window.sign_in(role.name(), PASSWORD).await;
        window.see("table.list, main p", "").await;
        window
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) {
        self.go("/desk").await;
        self.write("input[name=name]", name).await;
        self.write("input[name=password]", password).await;
        self.click("main form button").await;
    }

    pub(crate) async fn looks(&self, look: Look) {
        let (width, height) = if look.tablet { (820, 1180) } else { (1280, 900) };
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.session.chromium("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if look.dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.session.chromium("Emulation.setEmulatedMedia", media).await;
    }

    pub(crate) async fn go(&self, path: &str) {
        let url = format!("http://{}{path}", self.address);
        self.done(self.session.post("/url", json!({"url": url})).await, path);
    }

    pub(crate) async fn back(&self) {
        self.done(self.session.post("/back", json!({})).await, "back");
    }

    /// The path that the window shows, with its query.
    pub(crate) async fn path(&self) -> String {
        let url = self.done(self.session.get("/url").await, "the address");
        let url = url::Url::parse(url.as_str().expect("text")).expect("an address");
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Clicks on the first that a selector finds.
    pub(crate) async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.done(self.session.post(&format!("{element}/click"), json!({})).await, selector);
    }

    /// Types into the first that a selector finds.
    pub(crate) async fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.done(self.session.post(&format!("{element}/value"), json!({"text": text})).await, selector);
    }

    /// Presses keys one after the other, wherever the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let strokes = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|what| json!({"type": what, "value": key.to_string()})));
        let strokes: Vec<Value> = strokes.collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]});
        self.done(self.session.post("/actions", actions).await, "the keyboard");
    }

    /// Waits until an element that a selector finds says this.
    pub(crate) async fn see(&self, selector: &str, text: &str) {
        let says = |texts: &[String]| texts.iter().any(|said| said.contains(text));
        self.until(&format!("{selector} that says {text:?}"), async || {
            self.texts(selector).await.is_ok_and(|texts| says(&texts)).then_some(())
        })
        .await;
    }

    /// What every element that a selector finds says now.
    pub(crate) async fn texts(&self, selector: &str) -> Result<Vec<String>, String> {
        self.of_each(selector, "text").await
    }

    /// An attribute of every element that a selector finds now.
    pub(crate) async fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        self.done(self.of_each(selector, &format!("attribute/{name}")).await, selector)
    }

    /// Keeps a picture of the whole page, for people to look at.
    pub(crate) async fn keep(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        let whole = json!({"captureBeyondViewport": true});
        let picture = self.session.chromium("Page.captureScreenshot", whole).await;
        let picture =
            base64::engine::general_purpose::STANDARD.decode(picture["data"].as_str().expect("text"));
        std::fs::write(folder.join(format!("{name}.png")), picture.expect("a picture")).expect("a file");
    }

    /// What the browser has complained of since it was last asked: scripts that failed, what the policy did not let in,
    /// what was not there. That the page itself is a refusal is no complaint.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.done(self.session.post("/se/log", json!({"type": "browser"})).await, "the log");
        // Whatever pages load has a name with an ending.
        let is_refusal = |said: &&str| {
            said.split_once(" - Failed to load resource: the server responded with a status of 4")
                .is_some_and(|(url, _)| !url.rsplit('/').next().unwrap_or_default().contains('.'))
        };
        let said = log.as_array().into_iter().flatten().filter_map(|entry| entry["message"].as_str());
        said.filter(|said| !is_refusal(said)).map(str::to_owned).collect()
    }

    /// What keeps people from using the page: what does not fit, what is too small, and what axe-core finds where scripts
    /// may run.
    pub(crate) async fn obstacles(&self) -> Vec<String> {
        let mut found: Vec<String> = self.run(MEASURE).await;
        if self.scripts {
            let judge = json!({"script": format!("{}\n{JUDGE}", axe()), "args": []});
            let judged = self.done(self.session.post("/execute/async", judge).await, "axe-core");
            found.extend(serde_json::from_value::<Vec<String>>(judged).expect("texts"));
        }
        found
    }

    /// Runs a script in the page.
    pub(crate) async fn run<T: serde::de::DeserializeOwned>(&self, script: &str) -> T {
        let answer = self.session.post("/execute/sync", json!({"script": script, "args": []})).await;
        serde_json::from_value(self.done(answer, script)).expect("an answer of this kind")
    }

    async fn of_each(&self, selector: &str, what: &str) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        for element in self.session.elements(selector).await? {
            let value = self.session.get(&format!("{element}/{what}")).await?;
            found.push(value.as_str().unwrap_or_default().to_owned());
        }
        Ok(found)
    }

    /// The first element that a selector finds, as soon as there is one.
    async fn element(&self, selector: &str) -> String {
        self.until(selector, async || self.session.elements(selector).await.ok()?.into_iter().next()).await
    }

    async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if began.elapsed() > PATIENCE {
                self.keep("failed").await;
                let said = self.texts("main").await;
                panic!("{}: there is no {what}, but {said:?}", self.path().await);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    #[track_caller]
    fn done<T>(&self, answer: Result<T, String>, what: &str) -> T {
        answer.unwrap_or_else(|why| panic!("{}: {what}: {why}", self.address))
    }
}
