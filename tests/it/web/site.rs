//! A desk that listens, and a browser that keeps its cookies and nothing else.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use cardex::desk::ProxySignIn;
use cardex::hub::Hub;
use cardex::model::{Operator, OperatorId, OperatorRole};
use cardex::operators;
use cardex::service::{Readiness, serve_with};
use cardex::{api, desk};
use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode};
use scraper::{Html, Selector};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The password of every operator.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A desk that listens until it is dropped.
pub(crate) struct Site {
    pub(crate) hub: Hub,
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Site {
    /// Opens a desk for an operator of each role, who is called as his role is.
    pub(crate) async fn open(hub: Hub) -> Self {
        Self::add_operators(&hub).await;
        Self::listen(hub).await
    }

    /// The same behind a proxy that says who somebody is.
    pub(super) async fn open_behind(hub: Hub, proxy: ProxySignIn) -> Self {
        Self::add_operators(&hub).await;
        Self::listen_behind(hub, Some(proxy)).await
    }

    async fn add_operators(hub: &Hub) {
        let hash = operators::hash(&PASSWORD.into(), "").expect("a hash");
        let by = OperatorId::new("root");
        for role in OperatorRole::ALL {
            let (name, created_at) = (OperatorId::new(role.name()), hub.clock.now());
            let operator = Operator { name, role, created_at, disabled_at: None };
            assert!(
                hub.store.add_operator(&operator, &hash, &by).await.expect("the store"),
                "{}",
                role.name()
            );
        }
    }

    /// Opens a desk on a hub that has its operators already.
    pub(crate) async fn listen(hub: Hub) -> Self {
        Self::listen_behind(hub, None).await
    }

    async fn listen_behind(hub: Hub, proxy: Option<ProxySignIn>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let routes = desk::routes(&hub, stop.clone(), proxy).merge(api::routes(&hub));
        tokio::spawn(serve_with(listener, Readiness::default(), routes, stop.clone()));
        Self { hub, address, stop }
    }

    /// Where it listens.
    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A browser that has never been here.
    pub(super) fn browser(&self) -> Browser {
        Browser::at(self.address)
    }

    /// A browser in which an operator of this role has signed in.
    pub(super) async fn of(&self, role: OperatorRole) -> Browser {
        let mut browser = self.browser();
        let answer = browser.sign_in(role.name(), PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    /// Where the browser is sent.
    pub(super) fn to(&self) -> &str {
        self.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default()
    }

    /// What an attribute of the first element that a selector finds is; empty when there is none.
    pub(super) fn attribute(&self, selector: &str, name: &str) -> String {
        let page = Html::parse_document(&self.body);
        let found = Selector::parse(selector).expect("a selector");
        page.select(&found).next().and_then(|it| it.attr(name)).unwrap_or_default().to_owned()
    }

    /// The text of every element that a selector finds.
    pub(super) fn texts(&self, selector: &str) -> Vec<String> {
        let page = Html::parse_document(&self.body);
        let found = Selector::parse(selector).expect("a selector");
        page.select(&found).map(|it| it.text().collect::<String>().trim().to_owned()).collect()
    }
}

/// A browser.
#[derive(Clone)]
pub(super) struct Browser {
    client: reqwest::Client,
    address: SocketAddr,
    pub(super) cookies: BTreeMap<String, String>,
    /// What a proxy in front of it adds.
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Browser {
    /// A browser that has never been at the desk of this address.
    pub(super) fn at(address: SocketAddr) -> Self {
        let client = cardex::connectors::http::client(Duration::from_mins(1)).expect("a client");
        Self { client, address, cookies: BTreeMap::new(), headers: Vec::new() }
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], "en").await
    }

    pub(super) async fn get_in(&mut self, language: &str, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], language).await
    }

    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(Method::POST, path, fields, "en").await
    }

    /// Sends a form with what this session's forms carry.
    pub(super) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let carried = self.get("/desk/queue").await.attribute("input[name=form]", "value");
        assert!(!carried.is_empty(), "nobody is signed in");
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("form", carried.as_str())]).collect();
        self.post(path, &fields).await
    }

    pub(super) async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/desk/sign-in", &[("name", name), ("password", password)]).await
    }

    async fn ask(&mut self, method: Method, path: &str, fields: &[(&str, &str)], language: &str) -> Answer {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let request = self
            .client
            .request(method.clone(), format!("http://{}{path}", self.address))
            .header("cookie", cookies)
            .header("accept-language", language);
        let request =
            self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = if method == Method::POST {
            request.header("content-type", "application/x-www-form-urlencoded").body(body)
        } else {
            request
        };
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a pair");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Answer { status, headers, body: response.text().await.expect("text") }
    }
}
