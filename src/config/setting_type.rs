//! The type of a setting: its description, and the check of a text.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use tracing::Level;

use super::settings::LogFormat;
use super::table::Draft;
use super::units::{duration, show_duration, show_size, size};

type Set<T> = fn(&mut Draft, T);
type Choices<T> = &'static [(&'static str, T)];

/// The type of a setting, its bounds, and where the value goes. An empty text unsets an optional
/// one.
#[derive(Debug)]
pub(super) enum SettingType {
    Path(Set<PathBuf>),
    OptionalPath(Set<Option<PathBuf>>),
    Address(Set<SocketAddr>),
    OptionalAddress(Set<Option<SocketAddr>>),
    OptionalLoopback(Set<Option<SocketAddr>>),
    Url(Set<Option<String>>),
    /// Separated by commas, or a list in the file.
    Names(Set<Vec<String>>),
    /// The same of addresses and networks.
    Networks(Set<Vec<IpNet>>),
    Size(RangeInclusive<u64>, Set<u64>),
    Rate(RangeInclusive<u64>, Set<u64>),
    Duration(RangeInclusive<Duration>, Set<Duration>),
    Count(RangeInclusive<usize>, Set<usize>),
    Count16(RangeInclusive<u16>, Set<u16>),
    Count32(RangeInclusive<u32>, Set<u32>),
    Level(Choices<Level>, Set<Level>),
    Format(Choices<LogFormat>, Set<LogFormat>),
    Switch(Choices<bool>, Set<bool>),
}

impl SettingType {
    /// Checks `text` and puts its value into the draft; says what is wrong otherwise.
    pub fn set(&self, draft: &mut Draft, text: &str) -> Result<(), String> {
        let text = text.trim();
        match self {
            Self::Path(set) => set(draft, path(text)?),
            Self::OptionalPath(set) => set(draft, optional(text, path)?),
            Self::Address(set) => set(draft, address(text)?),
            Self::OptionalAddress(set) => set(draft, optional(text, address)?),
            Self::OptionalLoopback(set) => set(draft, optional(text, loopback)?),
            Self::Url(set) => set(draft, optional(text, url)?),
            Self::Names(set) => set(draft, names(text)?),
            Self::Networks(set) => set(draft, networks(text)?),
            Self::Size(range, set) => set(draft, within(range, size(text)?)?),
            Self::Rate(range, set) => set(draft, within(range, rate(text)?)?),
            Self::Duration(range, set) => set(draft, within(range, duration(text)?)?),
            Self::Count(range, set) => set(draft, within(range, count(text)?)?),
            Self::Count16(range, set) => set(draft, within(range, count(text)?)?),
            Self::Count32(range, set) => set(draft, within(range, count(text)?)?),
            Self::Level(choices, set) => set(draft, chosen(choices, text)?),
            Self::Format(choices, set) => set(draft, chosen(choices, text)?),
            Self::Switch(choices, set) => set(draft, chosen(choices, text)?),
        }
        Ok(())
    }

    /// The accepted values, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Path(_) => "a path".to_owned(),
            Self::OptionalPath(_) => "a path, or empty".to_owned(),
            Self::Address(_) => "an address with a port".to_owned(),
            Self::OptionalAddress(_) => "an address with a port, or empty".to_owned(),
            Self::OptionalLoopback(_) => "a loopback address with a port, or empty".to_owned(),
            Self::Url(_) => "an https:// URL without query, or empty".to_owned(),
            Self::Names(_) => "host names and addresses".to_owned(),
            Self::Networks(_) => "addresses and networks".to_owned(),
            Self::Size(range, _) => between("a size", range, |bytes| show_size(*bytes)),
            Self::Rate(range, _) => between("a size per second", range, |bytes| show_rate(*bytes)),
            Self::Duration(range, _) => between("a duration", range, |time| show_duration(*time)),
            Self::Count(range, _) => between("a number", range, ToString::to_string),
            Self::Count16(range, _) => between("a number", range, ToString::to_string),
            Self::Count32(range, _) => between("a number", range, ToString::to_string),
            Self::Level(choices, _) => one_of(choices),
            Self::Format(choices, _) => one_of(choices),
            Self::Switch(choices, _) => one_of(choices),
        }
    }

    /// Whether the file may write the value as a bare integer.
    pub const fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Size(..) | Self::Rate(..) | Self::Count(..) | Self::Count16(..) | Self::Count32(..)
        )
    }

    /// Whether the file may write the value as a list.
    pub const fn is_list(&self) -> bool {
        matches!(self, Self::Names(_) | Self::Networks(_))
    }
}

fn optional<T>(text: &str, read: fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    read(text).map(Some)
}

fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if text.contains('\0') {
        return Err("the path contains a NUL character".to_owned());
    }
    if is_content(text) {
        return Err("it is the content of a file; save the content in a file and specify its path".to_owned());
    }
    Ok(PathBuf::from(text))
}

/// Whether a text that should name a file looks like the key that should be in it. No message may
/// show it then.
pub(super) fn is_content(text: &str) -> bool {
    /// The shortest text that 32 random bytes have in base64.
    const KEY: usize = 43;
    let all = |fits: fn(&u8) -> bool| text.bytes().all(|byte| fits(&byte));
    let any = |fits: fn(&u8) -> bool| text.bytes().any(|byte| fits(&byte));
    let mixed = any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase) && any(u8::is_ascii_digit);
    let base64 = mixed && all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte));
    text.contains("-----BEGIN")
        || text.contains(['\n', '\r', '{'])
        || text.len() > 4096
        || (text.len() >= KEY && !text.starts_with('/') && (base64 || all(u8::is_ascii_hexdigit)))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        let port = text.rsplit(':').next().unwrap_or_default();
        if text.parse::<std::net::IpAddr>().is_ok() {
            "the port is missing".to_owned()
        } else if port.parse::<u64>().is_ok_and(|port| port > 65_535) {
            format!("{port} is not a port")
        } else {
            "it is not an IP address with a port, such as 0.0.0.0:8443 or [::]:8443".to_owned()
        }
    })
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address = address(text)?;
    if address.ip().to_canonical().is_loopback() {
        return Ok(address);
    }
    Err(format!(
        "{} can be reached from other machines, and plain HTTP would expose keys on the network; use 127.0.0.1 or [::1]",
        address.ip()
    ))
}

/// Scheme, host and path are kept unchanged; Webhook URLs are made by appending to them.
fn url(text: &str) -> Result<String, String> {
    let scheme = text.get(..8).filter(|start| start.eq_ignore_ascii_case("https://"));
    let Some(rest) = scheme.and_then(|_| text.get(8..)) else {
        return Err("it does not start with https://".to_owned());
    };
    if rest.starts_with(['/', ':']) || rest.is_empty() {
        return Err("the host is missing".to_owned());
    }
    if let Some(found) = rest.chars().find(|c| matches!(c, '?' | '#' | '@' | '\\' | '"')) {
        return Err(format!("it must not contain {found:?}"));
    }
    if rest
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || !c.is_ascii())
    {
        return Err("it contains spaces or other characters that a URL cannot contain".to_owned());
    }
    Ok(format!("https://{}", rest.trim_end_matches('/')))
}

fn names(text: &str) -> Result<Vec<String>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| {
            if is_host(name) {
                Ok(name.to_ascii_lowercase())
            } else {
                Err(format!("{name:?} is neither a host name nor an address"))
            }
        })
        .collect()
}

fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|network| !network.is_empty())
        .map(|network| {
            let address = || network.parse::<IpAddr>().map(IpNet::from);
            let read = network.parse::<IpNet>().or_else(|_| address());
            read.map_err(|_| format!("{network:?} is neither an address nor a network such as 10.0.0.0/8"))
        })
        .collect()
}

fn is_host(name: &str) -> bool {
    if name.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    let labels = name.strip_prefix("*.").unwrap_or(name);
    labels.len() <= 253
        && labels.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

fn rate(text: &str) -> Result<u64, String> {
    size(text.strip_suffix("/s").unwrap_or(text))
}

fn show_rate(bytes: u64) -> String {
    format!("{}/s", show_size(bytes))
}

fn count<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it is not a whole number".to_owned());
    }
    let number = text.parse::<u64>().ok();
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| "the number is too large".to_owned())
}

fn within<T: PartialOrd>(range: &RangeInclusive<T>, value: T) -> Result<T, String> {
    if value < *range.start() {
        return Err("it is too small".to_owned());
    }
    if value > *range.end() {
        return Err("it is too large".to_owned());
    }
    Ok(value)
}

fn between<T>(what: &str, range: &RangeInclusive<T>, show: fn(&T) -> String) -> String {
    format!("{what} from {} to {}", show(range.start()), show(range.end()))
}

fn chosen<T: Copy>(choices: &[(&str, T)], text: &str) -> Result<T, String> {
    choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| "unknown value".to_owned())
}

fn one_of<T>(choices: &[(&str, T)]) -> String {
    let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
    match names.split_last() {
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
