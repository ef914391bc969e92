//! A server in this process whose OAuth clients are made through its ledger, with the keys that
//! they sign assertions with.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use hookgate::app::bounds::{intake_limits, ledger_limits, session_policy};
use hookgate::clock;
use hookgate::config::defaults;
use hookgate::domain::actor::Actor;
use hookgate::domain::change::{AccessChange, ConfigChange, UpkeepChange};
use hookgate::domain::client::{ClientSettings, TOKEN_LIFETIME};
use hookgate::domain::entry::Entry;
use hookgate::domain::rights::WEBHOOK_SERVICE_ID;
use hookgate::domain::signing_key::Algorithm;
use hookgate::domain::source::SourceSettings;
use hookgate::domain::time::Timestamp;
use hookgate::domain::user::Role;
use hookgate::http::{Api, Listener, Running, ServerParts, Serves, listen, serve};
use hookgate::identity::{ASSERTION_TYPE, Issuer, RingPolicy, client_keys_read};
use hookgate::intake::Intake;
use hookgate::journal::disk::Folder;
use hookgate::journal::{GroupPolicy, JournalOptions};
use hookgate::ledger::folder::DataFolder;
use hookgate::ledger::{Ledger, LedgerParts, Work, ledger_start};
use hookgate::manage::feed::Feed;
use hookgate::manage::health::Health;
use hookgate::manage::{Context, Files, Memory, RetentionPolicy, Urls};
use hookgate::odata::Odata;
use hookgate::people::People;
use hookgate::retention::clock_check::ClockCheck;
use hookgate::secret::{Secrets, client_id_new};
use hookgate::store::store_open;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::harness::{Answer, Connection, Request, api, http_settings};

const SEGMENT: u64 = 1 << 20;

/// What tokens of it name as their issuer.
pub const ISSUER: &str = "https://hooks.example.com";

/// The server. Ends with the test.
pub struct World {
    pub ledger: Ledger,
    pub issuer: Arc<Issuer>,
    secrets: Arc<Secrets>,
    api: Arc<Api>,
    address: SocketAddr,
    running: Option<Running>,
    _work: Receiver<Work>,
    _folder: DataFolder,
    directory: TempDir,
}

/// An OAuth client that was made.
pub struct Program {
    pub id: String,
    pub secret: String,
    key: EncodingKey,
}

impl World {
    /// With an ES256 key; the RS256 key is made when a test asks for it.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(directory.path(), Uuid::now_v7(), SEGMENT).unwrap();
        let parts = LedgerParts {
            disk: Arc::new(Folder::new(&folder.journal())),
            store: store_open(&folder.database(), folder.appliance, 16 << 20).unwrap(),
            appliance: folder.appliance,
            journal: JournalOptions {
                segment: SEGMENT,
                queue: 1024,
                policy: GroupPolicy::default(),
            },
            limits: ledger_limits(&defaults()),
        };
        let (ledger, work) = ledger_start(parts, |_| ()).unwrap();
        let appliance = folder.appliance;
        let at = Timestamp(1);
        ledger
            .commit(Entry::one(at, Actor::System, UpkeepChange::Genesis { appliance }))
            .unwrap();
        let secrets = Arc::new(Secrets::new(&[7; 32]).unwrap());
        // Up for an hour: assertions of before its start are refused.
        let started = Timestamp(clock::now().0 - 3_600_000_000);
        let issuer = Issuer::new(
            ledger.clone(),
            Arc::clone(&secrets),
            RingPolicy::every(defaults().tokens.rotation),
            started,
        );
        issuer.url_set(ISSUER);
        issuer.keys_first().unwrap();
        let issuer = Arc::new(issuer);
        let api = api(&ledger, &secrets);
        let running = serve(ServerParts {
            intake: Arc::new(Intake::new(
                ledger.clone(),
                Arc::clone(&secrets),
                intake_limits(&defaults()),
            )),
            odata: Arc::new(Odata::new(ledger.clone())),
            issuer: Arc::clone(&issuer),
            api: Arc::clone(&api),
            health: Arc::new(Health::new(
                ledger.clone(),
                directory.path().to_owned(),
                None,
                Timestamp(1),
            )),
            settings: http_settings(),
            listeners: vec![Listener {
                socket: listen("127.0.0.1:0".parse().unwrap()).unwrap(),
                stays: false,
                serves: Serves::Everything,
                tls: None,
            }],
        })
        .unwrap();
        Self {
            ledger,
            issuer,
            secrets,
            api,
            address: running.addresses[0],
            running: Some(running),
            _work: work,
            _folder: folder,
            directory,
        }
    }

    /// Lets it answer at `/api/v1` too. Nothing processes webhooks: they stay New.
    pub fn api_open(&self) {
        let (ledger, secrets) = (self.ledger.clone(), Arc::clone(&self.secrets));
        // Without an administrator it answers nothing.
        let administrator = Entry::one(
            clock::now(),
            Actor::CommandLine,
            AccessChange::UserAdded {
                id: Uuid::now_v7(),
                name: "ada".to_owned(),
                role: Role::Administrator,
                password: "never used".to_owned(),
                link: None,
            },
        );
        ledger.commit(administrator).unwrap();
        let data = self.directory.path().to_owned();
        let now = clock::now();
        self.api.open(Arc::new(Context {
            people: Arc::new(People::new(
                ledger.clone(),
                Arc::clone(&secrets),
                session_policy(&defaults()),
                data.join("setup-link"),
                now,
            )),
            issuer: Arc::clone(&self.issuer),
            intake: Arc::new(Intake::new(
                ledger.clone(),
                Arc::clone(&secrets),
                intake_limits(&defaults()),
            )),
            feed: Arc::new(Feed::new(ledger.clone())),
            health: Arc::new(Health::new(ledger.clone(), data.clone(), None, now)),
            retention: RetentionPolicy {
                batch: 500,
                clock_check: ClockCheck::new(None, now, Instant::now()),
            },
            urls: Urls {
                public: ISSUER.to_owned(),
                public_configured: true,
                issuer: ISSUER.to_owned(),
            },
            files: Files {
                master_key: data.join("master.key"),
                data,
                master_key_credential: false,
            },
            running: None,
            memory: Memory::new(now),
            ledger,
            secrets,
        }));
    }

    pub fn connect(&self) -> Connection {
        Connection::plain(self.address)
    }

    /// Sends one request on a connection of its own.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Answer {
        self.connect().send(request)
    }

    /// Posts a form.
    #[track_caller]
    pub fn post(&self, path: &str, form: &str) -> Answer {
        let request = Request::new("POST", path).header("Content-Type", "application/x-www-form-urlencoded");
        self.send(&request.body(form))
    }

    /// Makes a client of `WebhookService`, with a secret and a key.
    pub fn program(&self, name: &str, scopes: &[&str], edit: impl FnOnce(&mut ClientSettings)) -> Program {
        let (by, at) = (Actor::CommandLine, clock::now());
        let id = client_id_new().unwrap();
        let (secret, stored) = self.secrets.client_secret_new(clock::new_id(), at, false).unwrap();
        let mut settings = ClientSettings {
            name: name.to_owned(),
            application_url: String::new(),
            description: String::new(),
            active: true,
            user: WEBHOOK_SERVICE_ID,
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            allowed_addresses: Vec::new(),
            algorithm: Algorithm::ES256,
            token_lifetime: TOKEN_LIFETIME,
            endpoint_audience: false,
        };
        edit(&mut settings);
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        let jwk = Jwk::from_encoding_key(&key, jsonwebtoken::Algorithm::ES256).unwrap();
        let keys = client_keys_read(&serde_json::to_string(&jwk).unwrap(), at).unwrap();
        let client_id = id.clone();
        for change in [
            Entry::one(
                at,
                by,
                AccessChange::ClientAdded {
                    client_id: client_id.clone(),
                    settings,
                    secret: Some(stored),
                },
            ),
            Entry::one(at, by, AccessChange::ClientKeysSet { client_id, keys }),
        ] {
            self.ledger.commit(change).unwrap();
        }
        Program { id, secret, key }
    }

    /// Makes a source that demands a token; gives the path of its Webhook URL.
    pub fn token_source(&self) -> String {
        let (by, at) = (Actor::CommandLine, clock::now());
        let (key, stored) = self.secrets.source_key_new().unwrap();
        self.ledger
            .commit(Entry::one(
                at,
                by,
                ConfigChange::SourceAdded {
                    name: "Shop".to_owned(),
                    enabled: true,
                    settings: SourceSettings {
                        requires_token: true,
                        ..SourceSettings::default()
                    },
                    key: stored,
                },
            ))
            .unwrap();
        format!("/webhooks/{key}")
    }

    /// Asks for a token by the client's secret; what comes must be one.
    #[track_caller]
    pub fn token(&self, program: &Program, more: &str) -> String {
        let answer = self.post("/connect/token", &program.form(more));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop(false);
        }
        self.ledger.close();
    }
}

impl Program {
    /// A token request by the secret, and more parameters.
    pub fn form(&self, more: &str) -> String {
        format!(
            "grant_type=client_credentials&client_id={}&client_secret={}{more}",
            self.id, self.secret
        )
    }

    /// The claims of a good assertion.
    pub fn claims(&self) -> Value {
        let now = clock::now().0 / 1_000_000;
        json!({
            "iss": self.id, "sub": self.id, "aud": ISSUER, "jti": Uuid::now_v7(), "exp": now + 60, "iat": now,
        })
    }

    /// An assertion, as the part of a form.
    pub fn assertion(&self, claims: &Value) -> String {
        self.assertion_with(claims, &Header::new(jsonwebtoken::Algorithm::ES256))
    }

    pub fn assertion_with(&self, claims: &Value, header: &Header) -> String {
        let type_ = ASSERTION_TYPE.replace(':', "%3A");
        let assertion = encode(header, claims, &self.key).unwrap();
        format!("client_assertion_type={type_}&client_assertion={assertion}")
    }
}
