//! That everybody can read every page and every dialog, wide and narrow, in light and dark: axe-core finds no serious
//! or critical fault, and a narrow page scrolls to no side.

use std::cell::RefCell;
use std::path::Path;

use serde_json::json;

use super::browser::{Browser, Fonts};
use super::harness::{PASSWORD, Server};
use super::page::Page;
use super::places::{Stand, take};

const WIDE: (u32, u32) = (1440, 900);
const NARROW: (u32, u32) = (390, 844);

/// The narrowest that the Web Content Accessibility Guidelines name.
const NARROWEST: (u32, u32) = (320, 640);
/// What a screen of 1440 pixels shows when everything is twice as large.
const ENLARGED: (u32, u32) = (720, 450);

#[test]
fn no_place_has_a_serious_fault_on_a_wide_screen() {
    places(WIDE, Fonts::Wide, serious_faults);
}

#[test]
fn no_place_has_a_serious_fault_on_a_narrow_screen() {
    places(NARROW, Fonts::Wide, serious_faults);
}

#[test]
fn no_dialog_has_a_serious_fault_on_a_wide_screen() {
    dialogs(WIDE, Fonts::Wide, serious_faults);
}

#[test]
fn no_dialog_has_a_serious_fault_on_a_narrow_screen() {
    dialogs(NARROW, Fonts::Wide, serious_faults);
}

/// With other fonts lines break elsewhere, and what opens at a button opens elsewhere.
#[test]
fn fault_15_no_dialog_has_a_serious_fault_on_a_narrow_screen_with_another_font() {
    dialogs(NARROW, Fonts::Narrow, serious_faults);
}

#[test]
fn fault_15_nothing_leaves_the_narrowest_screen_with_a_wide_font() {
    places(NARROWEST, Fonts::Wide, |_| Vec::new());
    dialogs(NARROWEST, Fonts::Wide, |_| Vec::new());
}

#[test]
fn fault_15_nothing_leaves_the_narrowest_screen_with_a_narrow_font() {
    places(NARROWEST, Fonts::Narrow, |_| Vec::new());
    dialogs(NARROWEST, Fonts::Narrow, |_| Vec::new());
}

#[test]
fn fault_15_nothing_leaves_the_screen_when_it_is_enlarged() {
    dialogs(ENLARGED, Fonts::Wide, |_| Vec::new());
    dialogs(ENLARGED, Fonts::Narrow, |_| Vec::new());
}

/// What is installed by chance is not looked at: the browser has the fonts that the tests name.
#[test]
fn fault_15_the_browser_shows_the_fonts_that_the_tests_name() {
    let server = Server::start();
    for fonts in [Fonts::Wide, Fonts::Narrow] {
        let page = Page::of(Browser::start_with(fonts), &server);
        page.load("#/login");
        for (selector, family) in [("h1", fonts.family()), ("code", "DejaVu Sans Mono")] {
            page.browser.tool("DOM.enable", &json!({}));
            page.browser.tool("CSS.enable", &json!({}));
            let document = page.browser.tool("DOM.getDocument", &json!({}));
            let root = &document["root"]["nodeId"];
            let found = page
                .browser
                .tool("DOM.querySelector", &json!({"nodeId": root, "selector": selector}));
            let used = page
                .browser
                .tool("CSS.getPlatformFontsForNode", &json!({"nodeId": found["nodeId"]}));
            let used: Vec<_> = used["fonts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| &one["familyName"])
                .collect();
            assert_eq!(used, [family], "{fonts:?} {selector}");
        }
    }
}

type Look = fn(&Browser) -> Vec<String>;

fn places(size: (u32, u32), fonts: Fonts, look: Look) {
    let stand = Stand::start();
    let page = Page::of(Browser::start_with(fonts), &stand.server);
    let looker = Looker::new(&page, size, look);
    for place in ["login", "setup/abc"] {
        page.load(&format!("#/{place}"));
        looker.look(place);
    }
    enter(&page, &stand.server);
    for place in stand.places() {
        page.load(&format!("#/{place}"));
        looker.look(&place);
    }
    looker.end();
    page.clean(&[]);
}

fn dialogs(size: (u32, u32), fonts: Fonts, look: Look) {
    let stand = Stand::start();
    let page = Page::of(Browser::start_with(fonts), &stand.server);
    let looker = Looker::new(&page, size, look);
    enter(&page, &stand.server);
    for (place, steps) in stand.opened() {
        page.load(&format!("#/{place}"));
        for step in steps {
            take(&page, *step);
        }
        page.settled();
        looker.look(&format!("{place} {steps:?}"));
    }
    if size.0 < 861 {
        page.load("#/webhooks");
        page.press("Menu");
        looker.look("the navigation");
        page.load("#/webhooks");
        if size.0 <= 700 {
            page.press("More filters");
            looker.look("all filters");
        }
    }
    looker.end();
    page.clean(&["status of 400"]);
}

#[track_caller]
fn enter(page: &Page, server: &Server) {
    server.user_add("anna", "administrator");
    page.log_in("anna", PASSWORD);
    page.sees("Set-up");
}

/// Looks at what the page shows, and keeps the faults.
struct Looker<'a> {
    page: &'a Page<'a>,
    look: Look,
    faults: RefCell<Vec<String>>,
}

impl<'a> Looker<'a> {
    fn new(page: &'a Page<'a>, (width, height): (u32, u32), look: Look) -> Self {
        page.browser.size(width, height);
        let faults = RefCell::default();
        Self { page, look, faults }
    }

    fn look(&self, what: &str) {
        let browser = &self.page.browser;
        for scheme in ["light", "dark"] {
            browser.colours(scheme);
            let mut found = (self.look)(browser);
            found.extend(leaving(browser));
            let named = found.iter().map(|fault| format!("{what} {scheme}: {fault}"));
            self.faults.borrow_mut().extend(named);
        }
    }

    #[track_caller]
    fn end(self) {
        let faults = self.faults.into_inner();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

/// What does not fit the width of the screen: the page, or something that lies over it.
fn leaving(browser: &Browser) -> Vec<String> {
    let found = browser.run(
        r"const wide = document.documentElement.scrollWidth;
         const found = wide > innerWidth ? [`the page is ${wide} wide, the screen ${innerWidth}`] : [];
         const over = 'details.menu[open] > div, .combo ul, dialog[open], .toast, .side.open';
         for (const one of document.querySelectorAll(over)) {
           if (!one.checkVisibility()) continue;
           const { left, right } = one.getBoundingClientRect();
           const name = `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`;
           if (left < -0.5 || right > innerWidth + 0.5) found.push(`${name} lies at ${left} to ${right}`);
           if (one.scrollWidth > one.clientWidth + 1) found.push(`${name} scrolls to the side`);
         }
         return found;",
        &json!([]),
    );
    let found = found.as_array().unwrap();
    found.iter().map(|fault| fault.as_str().unwrap().to_owned()).collect()
}

/// The serious and critical faults that axe-core finds in what is shown now.
pub fn serious_faults(browser: &Browser) -> Vec<String> {
    if browser.run("return typeof axe", &json!([])) == "undefined" {
        browser.run(&axe(), &json!([]));
    }
    let found = browser.run(
        "return axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations
           .filter((one) => one.impact === 'serious' || one.impact === 'critical')
           .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 150)).join(' | ')}`)
           .concat(found.passes.length ? [] : ['nothing was looked at']))",
        &json!([]),
    );
    let found = found.as_array().unwrap();
    found.iter().map(|fault| fault.as_str().unwrap().to_owned()).collect()
}

fn axe() -> String {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&axe).expect("axe-core is needed: tests/run installs it")
}

/// What is found is really looked for.
#[test]
fn a_page_with_a_fault_is_found() {
    let server = Server::start();
    let page = Page::new(&server);
    page.load("#/login");
    page.evaluate("document.querySelector('main').append(document.createElement('input'))");
    page.browser.run(&axe(), &json!([]));
    let found = page.evaluate("return axe.run().then((found) => found.violations.map((one) => one.id))");
    assert!(found.as_array().unwrap().contains(&json!("label")), "{found}");
}
