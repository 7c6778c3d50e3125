//! Every page, however it is looked at: nothing is blocked, nothing is out of reach. The pictures are kept for people.

use super::everything::desk;
use super::window::{Look, Window};
use crate::web::site::PASSWORD;

const LOOKS: [Look; 4] = [
    Look { dark: false, tablet: false },
    Look { dark: false, tablet: true },
    Look { dark: true, tablet: false },
    Look { dark: true, tablet: true },
];

/// Walks over all pages in one language, with scripts or without.
async fn walk(language: &str, scripts: bool) {
    let (_world, site, pages) = desk().await;
    let window = Window::open(site.address, language, scripts).await;
    window.sign_in("operator", PASSWORD).await;
    window.see("table.list a", "").await;
    let mut faults = Vec::new();
    for look in LOOKS {
        window.looks(look).await;
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

macro_rules! walks {
    ($($name:ident($language:literal, $scripts:literal);)*) => {$(
        #[tokio::test]
        async fn $name() {
            walk($language, $scripts).await;
        }
    )*};
}

walks! {
    pages_are_usable_in_english("en", true);
    pages_are_usable_in_spanish("es", true);
    pages_are_usable_in_french("fr", true);
    pages_are_usable_in_english_without_scripts("en", false);
    pages_are_usable_in_spanish_without_scripts("es", false);
    pages_are_usable_in_french_without_scripts("fr", false);
}

/// The walk would notice: what is blocked, what fails, what nobody can read, name, press or fit into a window.
#[tokio::test]
async fn faults_are_noticed() {
    let (_world, site, _) = desk().await;
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
