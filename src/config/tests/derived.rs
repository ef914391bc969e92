//! What is derived from the table agrees with it.

use super::super::setting_type::SettingType;
use super::*;

/// Uncommented, with the lines of settings that have no fixed default left out.
fn uncommented(skip: &[&str]) -> String {
    let is_setting = |line: &str| {
        line.strip_prefix('#')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
    };
    default_toml()
        .lines()
        .filter(|line| is_setting(line) || line.starts_with('['))
        .map(|line| line.trim_start_matches('#'))
        .filter(|line| !skip.iter().any(|name| line.starts_with(&format!("{name} ="))))
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn the_default_file_gives_the_defaults() {
    assert_eq!(from_file(&default_toml()), Ok(defaults()));
    let ruled = ["data", "workers", "min_free", "warn_free", "ballast", "master_key"];
    let text = uncommented(&ruled);
    let settings = text.lines().filter(|line| !line.starts_with('[')).count();
    assert_eq!(settings + ruled.len(), SETTINGS.len(), "{text}");
    assert_eq!(from_file(&text), Ok(defaults()));

    let examples = from_file(&uncommented(&[])).expect("examples are right");
    assert_ne!(examples.data, defaults().data);
    assert_ne!(examples.secrets, defaults().secrets);
}

#[test]
fn the_markdown_table_gives_the_defaults() {
    let table = markdown_table();
    let rows: Vec<_> = table.lines().skip(2).collect();
    assert_eq!(rows.len(), SETTINGS.len());
    let mut given = Vec::new();
    for (row, setting) in rows.iter().zip(SETTINGS) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [key, default, takes, doc] = cells[..] else {
            panic!("four cells: {row}");
        };
        assert_eq!(key, format!("`{}`", setting.key));
        assert_eq!(takes, setting.takes());
        assert_eq!(doc, setting.doc);
        if let Preset::Text(_) = setting.default {
            given.push(format!("--{}={}", setting.flag(), default.trim_matches('`')));
        }
    }
    let given: Vec<_> = given.iter().map(String::as_str).collect();
    assert_eq!(load(None, &flags(&given), env(&[])), Ok(defaults()));
}

/// A value that is right and not the default.
fn another(setting: &Setting) -> &'static str {
    match setting.kind {
        SettingType::Path(_) | SettingType::OptionalPath(_) => "/another",
        SettingType::Address(_) | SettingType::OptionalAddress(_) => "0.0.0.0:9443",
        SettingType::OptionalLoopback(_) => "127.0.0.1:8080",
        SettingType::Url(_) => "https://hooks.example.com",
        SettingType::Names(_) => "hooks.example.com",
        SettingType::Networks(_) => "10.0.0.0/8, 192.0.2.7, 2001:db8::/32",
        SettingType::Size(ref range, _) => match *range.end() {
            ..33_554_432 => "16 KiB",
            _ => "256 MiB",
        },
        SettingType::Rate(..) => "2 KiB/s",
        SettingType::Duration(ref range, _) => match range.start().as_secs() {
            ..60 => "40 s",
            60..86_400 => "2 h",
            _ => "30 d",
        },
        SettingType::Count(..) | SettingType::Count16(..) | SettingType::Count32(..) => "99",
        SettingType::Level(..) => "debug",
        SettingType::Format(..) => "json",
        SettingType::Switch(..) => "on",
    }
}

#[test]
fn each_setting_has_its_own_field() {
    let data = ["--data", "/d"];
    let before = format!("{:#?}", load(None, &flags(&data), env(&[])).expect("right"));
    let fields = before
        .lines()
        .filter(|line| line.contains(": ") && !line.ends_with('{'));
    // Certificate and key are one field, as they are given together; whether systemd gives the
    // master key is not set but found.
    assert_eq!(fields.count(), SETTINGS.len() - 1 + 1, "{before}");

    let mut seen = BTreeMap::new();
    for setting in SETTINGS {
        let flag = format!("--{}={}", setting.flag(), another(setting));
        let more: &[&str] = match setting.key {
            "data" => &["--secrets-master-key=/d/master.key"],
            "tls.certificate" => &["--data=/d", "--tls-key=k"],
            "tls.key" => &["--data=/d", "--tls-certificate=c"],
            _ => &["--data=/d"],
        };
        let given: Vec<_> = more.iter().copied().chain([flag.as_str()]).collect();
        let after = format!("{:#?}", load(None, &flags(&given), env(&[])).expect("right"));
        assert_ne!(before, after, "{} changes nothing", setting.key);
        if let Some(other) = seen.insert(after, setting.key) {
            panic!("{} and {other} change the same field", setting.key);
        }
    }
}

#[test]
fn names_of_flags_and_variables() {
    let setting = SETTINGS
        .iter()
        .find(|setting| setting.key == "listen.public_url")
        .expect("it");
    assert_eq!(setting.flag(), "listen-public-url");
    assert_eq!(setting.variable(), "HOOKGATE_LISTEN_PUBLIC_URL");
    arguments(Command::new("test")).debug_assert();
}
