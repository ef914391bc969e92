//! An empty actix handler that takes the body and answers: what the machine can do at best.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use actix_web::{App, HttpResponse, HttpServer, web};

/// Set when this program is to serve instead of measure; `tls` or `plain`.
pub const MODE: &str = "HOOKGATE_BENCH_EMPTY";

pub struct Empty {
    child: Child,
    port: u16,
    tls: bool,
}

impl Empty {
    /// Starts this program again as the empty handler.
    pub fn start(tls: bool) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .env(MODE, if tls { "tls" } else { "plain" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output"))
            .read_line(&mut line)
            .expect("its port");
        let port = line.trim().parse().expect("a port");
        Self { child, port, tls }
    }

    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/webhooks/key", self.port)
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn handler(_body: web::Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(r#"{"id":"019aaaaa-0000-7000-8000-000000000000"}"#)
}

pub fn serve(mode: &str) {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let server = HttpServer::new(|| App::new().route("/webhooks/{key}", web::post().to(handler))).workers(workers);
    let server = if mode == "tls" {
        let folder = tempfile::tempdir().expect("a folder");
        server.listen_rustls_0_23(listener, tls(folder.path()))
    } else {
        server.listen(listener)
    }
    .expect("it listens");
    println!("{port}");
    let _ = std::io::stdout().flush();
    let running = server.run();
    actix_web::rt::System::new().block_on(running).expect("it serves");
}

/// The same TLS as Hookgate's own.
fn tls(folder: &std::path::Path) -> rustls::ServerConfig {
    let files = hookgate::tls::self_signed(folder, &[]).expect("a certificate");
    let resolver = hookgate::tls::CertificateResolver::new(files).expect("it loads");
    hookgate::tls::server_config(std::sync::Arc::new(resolver)).expect("a configuration")
}
