//! Chromium, led by `chromedriver` over the `WebDriver` protocol. Both end with the test.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The key by which `WebDriver` marks an element in an answer.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// What the page shows or waits for only for a while (messages, the second of two keys) has more time here: a machine
/// that stands still for some seconds must not miss it.
const PATIENCE: &str = r"{
  const real = window.setTimeout;
  window.setTimeout = (act, time, ...rest) => {
    const brief = time > 1000 && /\/lib\/(toast|keys)\.js/.test(new Error().stack);
    return real(act, brief ? time * 100 : time, ...rest);
  };
}";

/// The fonts that the browser finds, and no others; `tests/install` installs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fonts {
    Wide,
    Narrow,
}

impl Fonts {
    /// The font of text.
    pub const fn family(self) -> &'static str {
        match self {
            Self::Wide => "DejaVu Sans",
            Self::Narrow => "Open Sans",
        }
    }

    fn config(self) -> PathBuf {
        let name = match self {
            Self::Wide => "wide.conf",
            Self::Narrow => "narrow.conf",
        };
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/page/fonts")
            .join(name)
    }
}

/// A browser with a profile of its own.
pub struct Browser {
    agent: ureq::Agent,
    driver: Child,
    /// Where the driver answers, with the session.
    session: String,
    /// The browser's process, in case that the driver does not end it.
    process: Option<Pid>,
    profile: TempDir,
}

/// The keys that stand for no character, as `WebDriver` names them.
pub const ENTER: char = '\u{e007}';
pub const ESCAPE: char = '\u{e00c}';

/// What the driver refused, and why.
#[derive(Debug)]
pub struct Refused(String);

impl Refused {
    /// Whether something else lies over what was to be pressed.
    pub fn is_covered(&self) -> bool {
        self.0.contains("click intercepted")
    }
}

type Answer = Result<Value, Refused>;

impl Browser {
    pub fn start() -> Self {
        Self::start_with(Fonts::Wide)
    }

    pub fn start_with(fonts: Fonts) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("FONTCONFIG_FILE", fonts.config())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is needed: tests/run installs it");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port: u16 = loop {
            let line = lines.next().expect("chromedriver says its port").unwrap();
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').parse().unwrap();
            }
        };
        // What it says later must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)));
        let mut browser = Self {
            agent: config.build().into(),
            driver,
            session: format!("http://127.0.0.1:{port}/session"),
            process: None,
            profile,
        };
        let mut flags: Vec<String> = FLAGS.iter().map(ToString::to_string).collect();
        flags.push(format!("--user-data-dir={}", browser.profile.path().display()));
        let downloads = browser.downloads();
        std::fs::create_dir(&downloads).unwrap();
        let files = json!({"download.default_directory": downloads, "download.prompt_for_download": false});
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "acceptInsecureCerts": true,
            "goog:chromeOptions": {"binary": "/usr/bin/chromium", "args": flags, "prefs": files},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let made = browser.post("", &wanted).expect("a session");
        let id = made["sessionId"].as_str().unwrap();
        browser.session = format!("{}/{id}", browser.session);
        let process = made["capabilities"]["goog:processID"].as_i64();
        browser.process = process.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        browser.size(1440, 900);
        // What the policy of the page stops stands in the console, whatever the browser writes there by itself.
        let tell = "addEventListener('securitypolicyviolation', (event) =>
            console.error(`policy stops ${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`))";
        for source in [tell, PATIENCE] {
            browser.tool("Page.addScriptToEvaluateOnNewDocument", &json!({"source": source}));
        }
        browser
    }

    /// The folder into which files are downloaded.
    pub fn downloads(&self) -> PathBuf {
        self.profile.path().join("downloads")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let sent = self
            .agent
            .post(format!("{}{path}", self.session))
            .header("Content-Type", "application/json")
            .send(body.to_string());
        let mut answer = sent.expect("chromedriver answers");
        let text = answer
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()
            .unwrap();
        let value = serde_json::from_str::<Value>(&text).unwrap()["value"].take();
        if answer.status().is_success() {
            return Ok(value);
        }
        Err(Refused(format!("{}: {}", value["error"], value["message"])))
    }

    pub fn open(&self, url: &str) {
        self.post("/url", &json!({"url": url})).expect("the address opens");
    }

    /// Runs a function body; what it returns, or what its promise becomes.
    #[track_caller]
    pub fn run(&self, script: &str, arguments: &Value) -> Value {
        self.try_run(script, arguments)
            .unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    pub fn try_run(&self, script: &str, arguments: &Value) -> Answer {
        self.post("/execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Presses an element that a script returned, as a mouse does.
    pub fn click(&self, element: &Value) -> Answer {
        self.post(&format!("/element/{}/click", id(element)), &json!({}))
    }

    /// Types into an element.
    pub fn keys(&self, element: &Value, text: &str) -> Answer {
        self.post(&format!("/element/{}/value", id(element)), &json!({"text": text}))
    }

    /// Presses keys, one after the other, wherever the focus is.
    pub fn type_keys(&self, keys: &str) {
        let keys: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key})))
            .collect();
        let typed = json!({"actions": [{"type": "key", "id": "keyboard", "actions": keys}]});
        self.post("/actions", &typed).expect("keys are pressed");
    }

    /// Opens another tab in front of this one, which is hidden then; gives what [`Self::tab`] takes to come back.
    pub fn tab_new(&self) -> Value {
        let here = self.agent.get(format!("{}/window", self.session)).call();
        let text = here.unwrap().body_mut().read_to_string().unwrap();
        let here = serde_json::from_str::<Value>(&text).unwrap()["value"].take();
        let made = self.post("/window/new", &json!({"type": "tab"})).expect("a tab");
        self.tab(&made["handle"]);
        here
    }

    /// Brings a tab to the front.
    pub fn tab(&self, handle: &Value) {
        self.post("/window", &json!({"handle": handle})).expect("the tab");
        self.tool("Page.bringToFront", &json!({}));
    }

    /// A command of the `DevTools` protocol.
    #[track_caller]
    pub fn tool(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
            .unwrap_or_else(|refused| panic!("{command}: {refused:?}"))
    }

    /// The size of what is seen of the page.
    pub fn size(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.tool("Emulation.setDeviceMetricsOverride", &size);
    }

    /// `light` or `dark`, as if the system had it; without movement.
    pub fn colours(&self, scheme: &str) {
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.tool("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// What the browser wrote since this was asked last: `browser` (its console) or `performance`.
    pub fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.post("/se/log", &json!({"type": kind})).expect("a log");
        entries.as_array().unwrap().clone()
    }
}

fn id(element: &Value) -> &str {
    element[ELEMENT].as_str().expect("an element")
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The session first: the browser then ends all its processes by itself.
        let _ = self.agent.delete(&self.session).call();
        if let Some(process) = self.process {
            let _ = kill_process(process, Signal::KILL);
        }
        let _ = kill_process_group(Pid::from_child(&self.driver), Signal::KILL);
        let _ = self.driver.wait();
    }
}
