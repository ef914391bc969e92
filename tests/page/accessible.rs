//! That everybody can read every page and every dialog, wide and narrow, in light and dark: axe-core finds no serious
//! or critical fault, and a narrow page scrolls to no side.

use std::cell::RefCell;
use std::path::Path;

use serde_json::json;

use super::browser::Browser;
use super::harness::{PASSWORD, Server};
use super::page::Page;
use super::places::{Stand, take};

const WIDE: (u32, u32) = (1440, 900);
const NARROW: (u32, u32) = (390, 844);

#[test]
fn no_place_has_a_serious_fault_on_a_wide_screen() {
    places(WIDE);
}

#[test]
fn no_place_has_a_serious_fault_on_a_narrow_screen() {
    places(NARROW);
}

#[test]
fn no_dialog_has_a_serious_fault_on_a_wide_screen() {
    dialogs(WIDE);
}

#[test]
fn no_dialog_has_a_serious_fault_on_a_narrow_screen() {
    dialogs(NARROW);
}

fn places(size: (u32, u32)) {
    let stand = Stand::start();
    let page = Page::new(&stand.server);
    let looker = Looker::new(&page, size);
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

fn dialogs(size: (u32, u32)) {
    let stand = Stand::start();
    let page = Page::new(&stand.server);
    let looker = Looker::new(&page, size);
    enter(&page, &stand.server);
    for (place, steps) in stand.opened() {
        page.load(&format!("#/{place}"));
        for step in steps {
            take(&page, *step);
        }
        page.settled();
        looker.look(&format!("{place} {steps:?}"));
    }
    if size == NARROW {
        page.load("#/webhooks");
        page.press("Menu");
        looker.look("the navigation");
        page.load("#/webhooks");
        page.press("More filters");
        looker.look("all filters");
    }
    looker.end();
    page.clean(&["status of 400"]);
}

#[track_caller]
fn enter(page: &Page, server: &Server) {
    server.person_add("anna", "administrator");
    page.log_in("anna", PASSWORD);
    page.sees("Set-up");
}

/// Looks at what the page shows, and keeps the faults.
struct Looker<'a> {
    page: &'a Page<'a>,
    width: u32,
    faults: RefCell<Vec<String>>,
}

impl<'a> Looker<'a> {
    fn new(page: &'a Page<'a>, (width, height): (u32, u32)) -> Self {
        page.browser.size(width, height);
        let faults = RefCell::default();
        Self { page, width, faults }
    }

    fn look(&self, what: &str) {
        let browser = &self.page.browser;
        for scheme in ["light", "dark"] {
            browser.colours(scheme);
            let mut found = serious_faults(browser);
            let wide = browser.run("return document.documentElement.scrollWidth", &json!([]));
            if wide.as_u64().unwrap() > u64::from(self.width) {
                found.push("it scrolls to the side".to_owned());
            }
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
