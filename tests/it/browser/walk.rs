//! Every page, however it is looked at: nothing is blocked, nothing is out of reach. The pictures are kept for people.

use super::everything::desk;
use super::window::{Look, Window};
use crate::matching::world::World;
use crate::support::hub::Backend;
use crate::web::site::{PASSWORD, Site};

const WIDE: Look = Look { dark: false, tablet: false };
const TABLET: Look = Look { dark: false, tablet: true };
const WIDE_DARK: Look = Look { dark: true, tablet: false };
const TABLET_DARK: Look = Look { dark: true, tablet: true };

/// Walks over all pages in one language, with scripts or without, once for each look.
async fn walk(language: &str, scripts: bool, looks: &[Look]) {
    let (_pair, site, pages) = desk().await;
    let window = Window::open(site.address, language, scripts).await;
    window.sign_in("administrator", PASSWORD).await;
    window.see("table.list a", "").await;
    let mut faults = Vec::new();
    for look in looks {
        window.looks(*look).await;
        let width = if look.tablet { "tablet" } else { "wide" };
        let scheme = if look.dark { "dark" } else { "light" };
        let plain = if scripts { "" } else { "-plain" };
        for page in &pages {
            window.go(&page.path).await;
            window.see(page.has, "").await;
            let name = format!("{}-{language}-{width}-{scheme}{plain}", page.name);
            window.keep(&name).await;
            let found = window.complaints().await.into_iter().chain(window.obstacles().await);
            faults.extend(found.map(|fault| format!("{name}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_usable_in_english() {
    walk("en", true, &[WIDE, TABLET, WIDE_DARK, TABLET_DARK]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_usable_in_spanish() {
    walk("es", true, &[TABLET, WIDE_DARK]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_usable_in_french() {
    walk("fr", true, &[WIDE, TABLET_DARK]).await;
}

/// What differs without scripts is the same in every language.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_usable_without_scripts() {
    walk("en", false, &[WIDE, TABLET_DARK]).await;
}

/// The walk would notice: what is blocked, what fails, what nobody can read, name, press or fit into a window.
#[tokio::test]
async fn faults_are_noticed() {
    let world = World::of(Backend::Sqlite.fresh_hub().await);
    let site = Site::open(world.hub.clone()).await;
    let window = Window::open(site.address, "en", true).await;
    window.go("/desk/sign-in").await;
    assert_eq!((window.complaints().await, window.obstacles().await), (vec![], vec![]));
    let spoil = "
        const add = (html) => document.querySelector('main').insertAdjacentHTML('beforeend', html);
        add('<p style=\"color: red\">blocked</p>');
        add('<img src=\"/desk/nothing.png\" alt=\"\">');
        add('<input name=\"nameless\">');
        const pale = document.querySelector('h1');
        pale.style.setProperty('color', 'rgb(200, 200, 200)');
        pale.style.setProperty('background', 'white');
        document.querySelector('main button').style.setProperty('min-height', '0');
        document.querySelector('main').style.setProperty('min-width', '3000px');
        setTimeout(() => { throw new Error('thrown'); });";
    window.run::<()>(spoil).await;
    let obstacles = window.obstacles().await.join("\n");
    for part in ["color-contrast", "label: ", "3000 wide in", " high"] {
        assert!(obstacles.contains(part), "{part} is not in {obstacles}");
    }
    let complaints = window.complaints().await.join("\n");
    for part in ["Content Security Policy", "nothing.png", "thrown"] {
        assert!(complaints.contains(part), "{part} is not in {complaints}");
    }
}
