//! Names of users and groups, as `/etc/passwd` and `/etc/group` have them.

use std::fs;

use rustix::process::geteuid;

/// The name of a user; the number where it has none on this machine.
#[must_use]
pub fn user_name(id: u32) -> String {
    name_of(&users(), id).unwrap_or_else(|| id.to_string())
}

/// The same in the form for `sudo -u`, in a shell.
#[must_use]
pub fn user_for_sudo(id: u32) -> String {
    name_of(&users(), id).unwrap_or_else(|| format!("'#{id}'"))
}

/// The user that this process runs as.
#[must_use]
pub fn user_own() -> u32 {
    geteuid().as_raw()
}

/// The user with the same name as a group: a service and its group mostly have one name.
pub(super) fn user_of_group(group: u32) -> Option<u32> {
    let name = name_of(&fs::read_to_string("/etc/group").unwrap_or_default(), group)?;
    id_of(&users(), &name)
}

fn users() -> String {
    fs::read_to_string("/etc/passwd").unwrap_or_default()
}

/// Both files have the name first and the number third.
fn name_of(text: &str, id: u32) -> Option<String> {
    let found = rows(text).find(|(_, found)| *found == id);
    found.map(|(name, _)| name.to_owned())
}

fn id_of(text: &str, name: &str) -> Option<u32> {
    rows(text).find(|(found, _)| *found == name).map(|(_, id)| id)
}

fn rows(text: &str) -> impl Iterator<Item = (&str, u32)> {
    text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let id = fields.nth(1)?.parse().ok()?;
        Some((name, id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str =
        "root:x:0:0:root:/root:/bin/bash\n\n+@nis\nhookgate:x:997:996::/nonexistent:/usr/sbin/nologin\n";

    #[test]
    fn a_user_is_known_by_number_and_by_name() {
        assert_eq!(name_of(USERS, 997).as_deref(), Some("hookgate"));
        assert_eq!(name_of(USERS, 996), None, "that is the group");
        assert_eq!(id_of(USERS, "hookgate"), Some(997));
        assert_eq!(id_of(USERS, "hook"), None);
    }

    #[test]
    fn a_user_without_a_name_is_a_number() {
        let nobody_has = 3_999_999_999;
        assert_eq!(user_name(nobody_has), "3999999999");
        assert_eq!(user_for_sudo(nobody_has), "'#3999999999'");
    }
}
