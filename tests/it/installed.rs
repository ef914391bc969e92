//! docs/install.md and docs/operate.md, done as they stand there: in a Debian that boots with its
//! own systemd, by its package manager, against the unit as it is shipped.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};

use super::package::{NEW, OLD, debian, ended_within_minutes, packages, root};

/// What is done in between and looked at afterwards, by section and number of the block.
struct Step {
    page: &'static str,
    section: &'static str,
    /// Before the blocks of the section.
    before: &'static str,
    /// After each of them.
    after: &'static [&'static str],
}

const INSTALL: &str = "docs/install.md";
const OPERATE: &str = "docs/operate.md";

/// The pages' sections with commands, in the order in which they are done.
const STEPS: &[Step] = &[
    Step {
        page: INSTALL,
        section: "Install the package",
        before: "",
        after: &[
            "systemctl --quiet is-enabled hookgate.service
             not systemctl --quiet is-enabled hookgate.socket",
            "systemctl --quiet is-active hookgate.service
             is \"$(systemctl show -P NotifyAccess hookgate.service)\" main
             is \"$(sha256sum </run/credentials/hookgate.service/master.key)\" \"$(sha256sum </etc/hookgate/master.key)\"
             systemd-analyze verify --man=no /lib/systemd/system/hookgate.service /lib/systemd/system/hookgate.socket
             main=$(systemctl show -P MainPID hookgate.service)
             is \"$(stat -c %U /proc/$main)\" hookgate
             grep -q '^NoNewPrivs:.*1$' /proc/$main/status
             grep -q '^Seccomp:.*2$' /proc/$main/status
             grep -q '^CapEff:.*0000000000000400$' /proc/$main/status
             soon 'sudo hookgate healthcheck --oauth'
             # Killed, it comes back by itself.
             kill -KILL $main
             soon \"[ \\$(systemctl show -P MainPID hookgate.service) != $main ] && sudo hookgate healthcheck\"",
        ],
    },
    Step {
        page: INSTALL,
        section: "Add the first administrator",
        before: "",
        after: &["sudo hookgate user setup-link | shows '^https://hooks.example.com/admin/#/setup/'"],
    },
    Step {
        page: INSTALL,
        section: "Receive the first webhook",
        before: "",
        after: &["", "sudo hookgate webhook list | shows Done", "contacts 1"],
    },
    Step {
        page: INSTALL,
        section: "A certificate of your company's CA",
        before: "
            openssl req -x509 -newkey rsa:3072 -nodes -days 30 -keyout ca.key -out company-ca.pem -subj /CN=Company 2>&1
        ",
        after: &[
            "sign",
            "sudo hookgate source show 'Website form' | shows https://hooks.example.com/webhooks/",
            "",
            "systemctl --quiet is-active hookgate.service
             curl -sS --fail-with-body --cacert company-ca.pem https://hooks.example.com/livez",
        ],
    },
    Step {
        page: OPERATE,
        section: "The first hour",
        before: "",
        after: &[],
    },
    Step {
        page: OPERATE,
        section: "Restoring a server of the package",
        before: "
            mkdir -p /mnt/keys /mnt/backup
            hookgate backup /mnt/backup/hookgate.backup
            cp /etc/hookgate/master.key /mnt/keys/hookgate-master.key
            post
            contacts 2
        ",
        // Of the second webhook nothing is known; the first is there, at the same URL.
        after: &["contacts 1
             post
             contacts 2
             # Without the server, root must not touch the data, and its owner may.
             systemctl stop hookgate
             not hookgate source list
             sudo -u hookgate hookgate source list
             systemctl start hookgate"],
    },
    Step {
        page: OPERATE,
        section: "When the database or the journal is damaged",
        before: "",
        after: &["sudo -u hookgate hookgate check | shows 'No problems found'
             systemctl start hookgate
             soon 'sudo hookgate healthcheck'
             contacts 2"],
    },
    Step {
        page: OPERATE,
        section: "TLS with an internal CA",
        before: "",
        after: &["[ $(stat -c %a /etc/hookgate/tls/tls.key) = 600 ]
             curl -sS --fail-with-body --cacert company-ca.pem https://hooks.example.com/livez"],
    },
    Step {
        page: OPERATE,
        section: "Behind nginx",
        before: "
            cp tls.crt tls.key /etc/nginx/
            cp hookgate.nginx /etc/nginx/sites-available/hookgate
            rm -f /etc/nginx/sites-enabled/default
        ",
        after: &[
            "curl -sS --fail-with-body --cacert company-ca.pem --connect-to ::127.0.0.1:8443 https://hooks.example.com/livez",
            "post
             contacts 3
             curl -sS --fail-with-body --cacert company-ca.pem https://hooks.example.com/admin/ | shows '<html'
             is \"$(curl -sS -o denied -w '%{http_code}' --cacert company-ca.pem https://hooks.example.com/metrics)\" 401
             curl -sS --cacert company-ca.pem -H 'X-Forwarded-For: 203.0.113.9' \\
               -H 'Content-Type: application/json' -d '{\"Unknown\": 1}' \"$URL\"
             id=$(sudo hookgate webhook list --json | grep -o '\"id\": *\"[^\"]*\"' | head -1 | cut -d'\"' -f4)
             sudo hookgate webhook show $id | shows 203.0.113.9
             sudo hookgate webhook show $id | shows 127.0.0.1
             systemctl stop nginx
             sed -i 's|^address = .*|address = \"0.0.0.0:443\"|' /etc/hookgate/hookgate.toml
             systemctl restart hookgate",
        ],
    },
    Step {
        page: INSTALL,
        section: "Upgrade",
        before: "
            main=$(systemctl show -P MainPID hookgate.service)
            flood_begin
        ",
        after: &["flood_end
             is \"$(dpkg-query -W -f '${Version}' hookgate)\" \"$(dpkg-deb -f hookgate_*-2_amd64.deb Version)\"
             not [ $main = \"$(systemctl show -P MainPID hookgate.service)\" ]
             grep -q public_url.*hooks.example.com /etc/hookgate/hookgate.toml
             # Killed, it leaves its port to the next one: who comes meanwhile waits.
             is $(systemctl show -P NFileDescriptorStore hookgate.service) 1
             kill -KILL $(systemctl show -P MainPID hookgate.service)
             curl -sS --fail-with-body --max-time 60 --cacert company-ca.pem https://hooks.example.com/livez
             is $(systemctl show -P NFileDescriptorStore hookgate.service) 1"],
    },
    Step {
        page: INSTALL,
        section: "Let systemd listen",
        before: "",
        after: &["main=$(systemctl show -P MainPID hookgate.service)
             grep -q '^CapEff:.*0000000000000000$' /proc/$main/status
             [ \"$(readlink /proc/$main/ns/net)\" != \"$(readlink /proc/self/ns/net)\" ]
             is $(systemctl show -P NFileDescriptorStore hookgate.service) 0
             post
             # The reload of the certificate is said to systemd too.
             systemctl reload hookgate.service
             systemctl --quiet is-active hookgate.service
             # As an upgrade does it.
             flood_begin
             systemctl restart hookgate.service
             flood_end
             not [ $main = \"$(systemctl show -P MainPID hookgate.service)\" ]"],
    },
    Step {
        page: INSTALL,
        section: "Uninstall",
        before: "",
        after: &[
            "[ -e /var/lib/hookgate/data ]
             [ -e /etc/hookgate/master.key ]
             not systemctl --quiet is-active hookgate.service
             not systemctl --quiet is-active hookgate.socket",
            "[ ! -e /var/lib/hookgate ]
             [ ! -e /etc/hookgate ]
             not getent passwd hookgate
             not systemctl cat hookgate.service",
        ],
    },
    Step {
        page: INSTALL,
        section: "From source",
        before: "",
        after: &["systemctl --quiet is-active hookgate.service"],
    },
];

/// What the steps call.
const HELPERS: &str = r#"
trap 'journalctl --no-pager -n 20 -u hookgate.service -u hookgate.socket -u nginx.service' ERR
is() { [ "$1" = "$2" ]; }
not() { if "$@"; then return 1; fi; }
# Reads everything, so that nobody writes to a pipe that is closed.
shows() { grep -e "$1" >/dev/null; }
sign() {
    openssl x509 -req -in tls.csr -CA company-ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy \
        -days 30 -out tls.crt 2>&1
}
# Waits until a command succeeds, half a minute at most.
soon() (
    set +x
    for _ in $(seq 300); do
        if eval "$1" >/dev/null 2>&1; then exit 0; fi
        sleep 0.1
    done
    eval "$1"
)
# One webhook more, over HTTPS with the company's certificate.
post() {
    URL=$(sudo hookgate source show "Website form" --json | sed -n 's/.*"webhook_url": *"\([^"]*\)".*/\1/p')
    curl -sS --fail-with-body --cacert company-ca.pem -H 'Content-Type: application/json' \
        -d '{"EntityName": "Contact", "Name": "John Best"}' "$URL"
}
# Webhooks, one after the other on a connection each, until there is a file 'stop'.
flood() {
    set +x
    local code
    until [ -e stop ]; do
        code=$(curl -sS -o /dev/null -w '%{http_code}' --cacert company-ca.pem -H 'Content-Type: application/json' \
            -d '{"EntityName": "Contact", "Name": "John Best"}' "$URL" 2>&1 || true)
        echo "$code" >>flood.$BASHPID
    done
}
# Begins to send on two connections at once.
flood_begin() {
    rm -f stop flood.*
    before=$(done_count)
    flood & one=$!
    flood & two=$!
    soon '[ $(cat flood.* | wc -l) -gt 4 ]'
}
# Ends it: none was refused, and each that was answered is there.
flood_end() {
    touch stop
    wait $one
    wait $two
    cat flood.* | sort | uniq -c
    not grep -v '^200$' flood.*
    soon '[ $(done_count) = $((before + $(cat flood.* | wc -l))) ]'
}
contacts() { soon "[ \$(sudo hookgate record list Contact --json | grep -o '\"id\"' | wc -l) = $1 ]"; }
done_count() { sudo hookgate healthcheck --json | sed -n 's/.*"done": *\([0-9]*\).*/\1/p'; }
set -x
"#;

/// The blocks of one kind in a section of a page.
fn blocks(page: &str, section: &str, kind: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let head = format!("\n## {section}\n");
    let (_, rest) = text
        .split_once(&head)
        .unwrap_or_else(|| panic!("{page} has no section {section}"));
    let section = rest.split("\n## ").next().unwrap();
    let open = format!("```{kind}\n");
    let blocks = section.split(&open).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

fn script() -> String {
    let mut script = HELPERS.to_owned();
    for step in STEPS {
        let blocks = blocks(step.page, step.section, "sh");
        assert!(
            !blocks.is_empty() && blocks.len() >= step.after.len(),
            "{}",
            step.section
        );
        let _ = writeln!(
            script,
            "echo '===== {}: {}'\n{}",
            step.page,
            step.section.replace('\'', ""),
            step.before
        );
        for (number, block) in blocks.iter().enumerate() {
            let after = step.after.get(number).unwrap_or(&"");
            let _ = writeln!(script, "{block}\n{after}");
        }
    }
    script
}

#[test]
fn every_section_with_commands_is_done() {
    for page in [INSTALL, OPERATE] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for section in text
            .split("\n## ")
            .skip(1)
            .filter(|section| section.contains("```sh\n"))
        {
            let name = section.lines().next().unwrap();
            let done = STEPS.iter().any(|step| step.page == page && step.section == name);
            // These have tests of their own.
            let elsewhere = page == OPERATE && matches!(name, "Backup" | "When the disk fills up");
            assert!(done || elsewhere, "no test does what {page} says under {name}");
        }
    }
}

#[test]
fn a_debian_under_its_own_systemd_does_what_the_pages_say() {
    let Some(debian) = debian("a Debian under its own systemd") else {
        return;
    };
    let packages = packages();
    let scenario = debian.path().join("scenario");
    fs::create_dir(&scenario).unwrap();
    for (package, version) in [(&packages.old, OLD), (&packages.new, NEW)] {
        // As the page names them.
        fs::copy(package, scenario.join(format!("hookgate_{version}_amd64.deb"))).unwrap();
    }
    let [nginx] = &blocks(OPERATE, "Behind nginx", "nginx")[..] else {
        panic!("one block for nginx");
    };
    fs::write(scenario.join("hookgate.nginx"), nginx).unwrap();
    fs::write(scenario.join("script"), script()).unwrap();
    // As somebody has them who built it there.
    let release = scenario.join("target/release");
    fs::create_dir_all(&release).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_hookgate"), release.join("hookgate")).unwrap();
    let copied = Command::new("cp")
        .arg("-r")
        .arg(root().join("packaging"))
        .arg(&scenario)
        .status();
    assert!(copied.unwrap().success());

    let log = fs::File::create(scenario.join("boot")).unwrap();
    let mut child = Command::new(root().join("tests/package/boot"))
        .arg(debian.path())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let ended = ended_within_minutes(&mut child);
    let read = |name: &str| fs::read_to_string(scenario.join(name)).unwrap_or_default();
    if child.wait().unwrap().code() == Some(77) {
        eprintln!("SKIPPED: a Debian under its own systemd: {}", read("boot").trim());
        return;
    }
    let lines: Vec<_> = read("out").lines().map(str::to_owned).collect();
    let last = lines[lines.len().saturating_sub(120)..].join("\n");
    assert!(ended, "{}\n{last}", read("boot"));
    assert_eq!(read("code").trim(), "0", "{}\n{last}", read("boot"));
}
