//! The admin page of a server in a browser: what somebody does with it, and what they see.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::browser::Browser;
use super::harness::{PASSWORD, Server};

/// How long the page may take for anything.
const BOUND: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// The functions that find things, in front of each script. What lies behind an open dialog is not found.
const FIND: &str = r"
const top = () => [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('[inert]');
const words = (text) => text.replace(/\s+/g, ' ').trim();
const named = (one) => words(one.getAttribute('aria-label') ?? (one.matches('input') ? one.labels[0] : one)?.innerText ?? '');
const pressable = 'button, a[href], summary, [role=tab], [role=option], [role=switch], input[type=checkbox]';
const press = (name) => {
  const all = [...top().querySelectorAll(pressable)].filter((one) => shown(one) && !one.disabled);
  return all.find((one) => named(one) === name) ?? all.find((one) => named(one).startsWith(name));
};
const input = (name) => [...top().querySelectorAll(`[name='${name}']`)].find((one) => shown(one) && !one.disabled);
const text = () => words(document.body.innerText);
";

/// In front of a press: notes whether it arrives at the element. Between the find and the press the page may draw it
/// anew, and a press that begins at one element and ends at another is none.
const WATCH: &str = r"
const watched = (one) => {
  if (!one) return null;
  window.arrived = false;
  // An entry of a list that opens while one types is taken when it is touched, and gone then.
  const kind = one.matches('[role=option]') ? 'pointerdown' : 'click';
  one.addEventListener(kind, () => { window.arrived = true; }, { capture: true, once: true });
  return one;
};
";

const CLOSE_MESSAGES: &str = "document.querySelectorAll('.toast button').forEach((one) => one.click())";

/// Somebody at the page.
pub struct Page<'a> {
    pub browser: Browser,
    pub server: &'a Server,
    pub origin: String,
    /// Every address that was asked for.
    asked: RefCell<Vec<String>>,
}

impl<'a> Page<'a> {
    /// A browser that has not been anywhere.
    pub fn new(server: &'a Server) -> Self {
        Self::of(Browser::start(), server)
    }

    /// A browser that has been there, and keeps what it has; the server may listen elsewhere now.
    pub fn of(browser: Browser, server: &'a Server) -> Self {
        Self {
            browser,
            server,
            origin: format!("https://localhost:{}", server.address().port()),
            asked: RefCell::default(),
        }
    }

    /// An administrator who has logged in.
    #[track_caller]
    pub fn administrator(server: &'a Server) -> Self {
        let page = Self::new(server);
        server.user_add("anna", "administrator");
        page.log_in("anna", PASSWORD);
        page.sees("Set-up");
        page
    }

    #[track_caller]
    pub fn log_in(&self, name: &str, password: &str) {
        self.open("#/login");
        self.log_in_here(name, password);
    }

    /// Fills the form of the login, which is on screen.
    #[track_caller]
    pub fn log_in_here(&self, name: &str, password: &str) {
        self.fill("name", name);
        self.fill("password", password);
        self.press("Log in");
    }

    /// Goes to a place, such as `#/webhooks`, and waits until all of it is there.
    #[track_caller]
    pub fn open(&self, hash: &str) {
        self.browser.open(&format!("{}/admin/{hash}", self.origin));
        self.settled();
    }

    /// Loads the page anew at a place.
    #[track_caller]
    pub fn load(&self, hash: &str) {
        self.browser.open("about:blank");
        self.open(hash);
    }

    /// Waits until nothing is being fetched. What was begun before this is called has begun: that the address is
    /// another one is told to the page by a task of its own.
    #[track_caller]
    pub fn settled(&self) {
        self.until(
            "the page to be there",
            "return new Promise((done) => setTimeout(done)).then(() =>
               document.querySelector('main h1') && !document.querySelector('[aria-busy=true]'))",
            &json!([]),
        );
    }

    /// Waits until the page says that something was done, and has drawn what it is now: what it draws anew would take
    /// with it what one types meanwhile.
    #[track_caller]
    pub fn said(&self, wanted: &str) {
        self.sees(wanted);
        self.settled();
    }

    /// Asks by a script until it answers something that counts as true; gives it.
    #[track_caller]
    pub fn until(&self, what: &str, script: &str, arguments: &Value) -> Value {
        let script = format!("{FIND}{script}");
        self.repeat(what, || {
            let found = self.browser.try_run(&script, arguments).ok()?;
            let empty = found.is_null() || found == json!(false) || found == json!("") || found == json!(0);
            (!empty).then_some(found)
        })
    }

    #[track_caller]
    fn repeat<T>(&self, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = ask() {
                return found;
            }
            assert!(
                started.elapsed() < BOUND,
                "waited in vain for {what} at {}\n{}\nconsole: {:?}\nserver: {}",
                self.evaluate("return location.hash"),
                self.text(),
                self.browser.log("browser"),
                self.server.log()
            );
            std::thread::sleep(PAUSE);
        }
    }

    #[track_caller]
    pub fn evaluate(&self, script: &str) -> Value {
        self.browser.run(&format!("{FIND}{script}"), &json!([]))
    }

    /// All that can be read.
    #[track_caller]
    pub fn text(&self) -> String {
        self.evaluate("return text()").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a text can be read.
    #[track_caller]
    pub fn sees(&self, wanted: &str) {
        self.until(wanted, "return text().includes(arguments[0])", &json!([wanted]));
    }

    /// Waits until something that a CSS selector names is there; gives how many there are.
    #[track_caller]
    pub fn has(&self, selector: &str) -> u64 {
        let script = "return [...document.querySelectorAll(arguments[0])].filter(shown).length";
        self.until(selector, script, &json!([selector])).as_u64().unwrap()
    }

    /// Presses the button, link, tab or switch with a name, or whose name starts so.
    #[track_caller]
    pub fn press(&self, name: &str) {
        self.press_found(name, "press(arguments[0])", &json!([name]));
    }

    /// Presses the first element that a CSS selector names, with the mouse.
    #[track_caller]
    pub fn press_at(&self, selector: &str) {
        let find = "[...top().querySelectorAll(arguments[0])].find(shown)";
        self.press_found(selector, find, &json!([selector]));
    }

    /// Presses what an expression finds, once it is there, until the press has arrived.
    #[track_caller]
    pub fn press_found(&self, what: &str, find: &str, arguments: &Value) {
        let script = format!("{FIND}{WATCH}return watched({find})");
        self.repeat(what, || {
            let found = self.browser.try_run(&script, arguments).ok()?;
            if found.is_null() {
                return None;
            }
            if let Err(refused) = self.browser.click(&found) {
                // What moves can be pressed in a moment. A message that lies over it is closed, as people do.
                if refused.is_covered() {
                    let _ = self.browser.try_run(CLOSE_MESSAGES, &json!([]));
                }
                return None;
            }
            let arrived = self.browser.try_run("return window.arrived", &json!([]));
            (arrived.ok() != Some(json!(false))).then_some(())
        });
    }

    /// Closes the short messages at the edge of the page.
    #[track_caller]
    pub fn messages_close(&self) {
        self.browser.run(CLOSE_MESSAGES, &json!([]));
        let gone = "return !document.querySelector('.toast')";
        self.until("no message in front", gone, &json!([]));
    }

    /// What is on the clipboard. The page itself is never permitted to read it.
    #[track_caller]
    pub fn clipboard(&self) -> String {
        let mut permission =
            json!({"permission": {"name": "clipboard-read"}, "setting": "granted", "origin": self.origin});
        self.browser.tool("Browser.setPermission", &permission);
        let text = self.evaluate("return navigator.clipboard.readText()");
        permission["setting"] = json!("denied");
        self.browser.tool("Browser.setPermission", &permission);
        text.as_str().expect("a text").to_owned()
    }

    /// Waits until a file is downloaded whole; takes it out of the folder. Gives its name and what it holds.
    #[track_caller]
    pub fn downloaded(&self) -> (String, String) {
        self.repeat("a file", || {
            let files = std::fs::read_dir(self.browser.downloads()).unwrap();
            let paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
            let named = |path: &std::path::Path| Some(path.file_name()?.to_str()?.to_owned());
            let under_way = |name: &str| name.starts_with('.') || name.ends_with(".crdownload");
            // While it comes, the browser writes beside the name, and keeps the name with an empty file.
            let mut whole = Vec::new();
            for path in paths {
                let name = named(&path)?;
                if under_way(&name) || std::fs::metadata(&path).ok()?.len() == 0 {
                    return None;
                }
                whole.push((name, path));
            }
            let (name, path) = whole.pop()?;
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            Some((name, text))
        })
    }

    /// Whether something can be pressed that has this name, or whose name starts so.
    #[track_caller]
    pub fn can_press(&self, name: &str) -> bool {
        let script = format!("{FIND}return Boolean(press(arguments[0]))");
        self.browser.run(&script, &json!([name])) == json!(true)
    }

    /// Types a text into a field, in the place of what is there.
    #[track_caller]
    pub fn fill(&self, name: &str, text: &str) {
        self.repeat(&format!("{name} = {text}"), || {
            let script = format!("{FIND}const one = input(arguments[0]); one?.focus(); one?.select?.(); return one");
            let found = self.browser.try_run(&script, &json!([name])).ok()?;
            if found.is_null() {
                return None;
            }
            // Chosen text is replaced by what is typed; the key is Delete.
            let keys = format!("{}{text}", if text.is_empty() { "\u{e017}" } else { "" });
            self.browser.keys(&found, &keys).ok()?;
            let script = format!("{FIND}return input(arguments[0])?.value.replaceAll('\\r', '') === arguments[1]");
            let typed = self.browser.try_run(&script, &json!([name, text])).ok()?;
            (typed == json!(true)).then_some(())
        });
    }

    /// Chooses in a list, by the value.
    #[track_caller]
    pub fn choose(&self, name: &str, value: &str) {
        self.repeat(name, || {
            let script =
                format!("{FIND}return [...input(arguments[0]).options].find((one) => one.value === arguments[1])");
            let found = self.browser.try_run(&script, &json!([name, value])).ok()?;
            if found.is_null() || self.browser.click(&found).is_err() {
                return None;
            }
            let script = format!("{FIND}return input(arguments[0]).value === arguments[1]");
            let chosen = self.browser.try_run(&script, &json!([name, value])).ok()?;
            (chosen == json!(true)).then_some(())
        });
    }

    /// Waits until the address ends so.
    #[track_caller]
    pub fn is_at(&self, end: &str) {
        self.until(end, "return location.hash.endsWith(arguments[0])", &json!([end]));
    }

    /// Addresses that were asked for so far.
    pub fn asked(&self) -> Vec<String> {
        for entry in self.browser.log("performance") {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            let message = &message["message"];
            let url = match message["method"].as_str() {
                Some("Network.requestWillBeSent") => message["params"]["request"]["url"].as_str(),
                Some("Network.webSocketCreated") => message["params"]["url"].as_str(),
                _ => None,
            };
            self.asked.borrow_mut().extend(url.map(str::to_owned));
        }
        self.asked.borrow().clone()
    }

    /// At the end of each test: nothing but this server was asked, and the console has no fault.
    /// `expected` are parts of lines which the browser writes about answers that the test brings about.
    #[track_caller]
    pub fn clean(&self, expected: &[&str]) {
        let asked = self.asked();
        let own = asked.iter().filter(|url| url.starts_with(&self.origin)).count();
        assert!(own > 10, "what was asked for was not seen: {asked:?}");
        let outside: Vec<_> = asked
            .iter()
            .filter(|url| !url.starts_with(&format!("{}/", self.origin)))
            .filter(|url| {
                !["data:", "blob:", "about:", "chrome:"]
                    .iter()
                    .any(|scheme| url.starts_with(scheme))
            })
            .collect();
        assert!(outside.is_empty(), "requests leave the origin: {outside:?}");
        let faults: Vec<_> = self
            .browser
            .log("browser")
            .into_iter()
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING")
            .filter(|entry| {
                let line = entry["message"].as_str().unwrap();
                // Before somebody logs in, the answer about the session is 401.
                let login = line.contains("/api/v1/session ") && line.contains("status of 401");
                !login && !expected.iter().any(|part| line.contains(part))
            })
            .collect();
        assert!(faults.is_empty(), "the console has faults: {faults:#?}");
    }
}
