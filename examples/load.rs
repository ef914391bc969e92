use std::sync::Arc;
use hookgate::config::Settings;
fn main() {
    let cmd = hookgate::config::arguments(clap::Command::new("x"));
    let m = cmd.get_matches();
    let s: Settings = hookgate::config::load(None, &m, |_| None).unwrap_or_else(|e| panic!("{e}"));
    hookgate::telemetry::init(s.log.level, hookgate::telemetry::Format::Text);
    let s = Arc::new(s);
    hookgate::app::run::run(&s, |srv| {
        use hookgate::manage::*;
        use hookgate::domain::actor::Actor;
        let c = &srv.context;
        let _ = grant::grant_add(c, Actor::CommandLine, "WebhookService", "Contact", hookgate::domain::rights::Rights{create:true,..Default::default()});
        let v = source::source_add(c, Actor::CommandLine, "Bench", Default::default()).unwrap();
        for a in &srv.addresses { println!("{:?}", a); }
        println!("{}", v.webhook_url.unwrap());
    }).unwrap();
}
