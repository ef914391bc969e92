//! A sender: requests byte by byte over real TLS, so that wrong and slow ones can be sent too.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use super::{BOUND, Source};

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    /// Without a body.
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            head: format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n"),
            body: Vec::new(),
        }
    }

    pub fn post(source: &Source, content_type: &str, body: impl AsRef<[u8]>) -> Self {
        Self::new("POST", &source.path)
            .header("Content-Type", content_type)
            .body(body)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.head, "{name}: {value}\r\n");
        self
    }

    /// A body with its length.
    pub fn body(self, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref().to_vec();
        let length = body.len().to_string();
        Self {
            body,
            ..self.header("Content-Length", &length)
        }
    }

    /// A body in chunks of at most `size` bytes.
    pub fn chunked(self, body: impl AsRef<[u8]>, size: usize) -> Self {
        let mut framed = Vec::new();
        for chunk in body.as_ref().chunks(size) {
            framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            framed.extend_from_slice(chunk);
            framed.extend_from_slice(b"\r\n");
        }
        framed.extend_from_slice(b"0\r\n\r\n");
        Self {
            body: framed,
            ..self.header("Transfer-Encoding", "chunked")
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The id of the webhook that was taken.
    #[track_caller]
    pub fn id(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["id"].as_str().unwrap().to_owned()
    }

    /// That it is a problem document with this status; gives its last part of `type`.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let document = self.json();
        assert_eq!(document["status"], status, "{self:?}");
        for part in ["title", "detail"] {
            assert!(document[part].as_str().is_some_and(|text| text.len() > 8), "{self:?}");
        }
        let kind = document["type"].as_str().unwrap();
        kind.strip_prefix("urn:hookgate:problem:").unwrap().to_owned()
    }

    /// Without the time of day and the request's id: what can be compared.
    pub fn timeless(mut self) -> Self {
        self.headers
            .retain(|(name, _)| name != "date" && name != "x-request-id");
        self.headers.sort();
        self
    }
}

/// A connection to a listener.
pub struct Connection {
    stream: Box<dyn Stream + Send>,
    /// The same socket, for its time limits.
    socket: TcpStream,
    tls: Option<Vec<u8>>,
    read: Vec<u8>,
}

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

/// Reads without sending first what was not sent: whoever refuses a request may have closed its
/// side, and the answer is here all the same.
struct Tls(StreamOwned<ClientConnection, TcpStream>);

impl Read for Tls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let StreamOwned { conn, sock } = &mut self.0;
        loop {
            match conn.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
            conn.read_tls(sock)?;
            conn.process_new_packets().map_err(io::Error::other)?;
        }
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Connection {
    /// By TLS. `trusted` is the one certificate (PEM) that is trusted, and `name` must be in it.
    ///
    /// # Errors
    /// When the handshake fails.
    pub fn open(address: SocketAddr, name: &str, trusted: &Path) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(trusted).map_err(io::Error::other)? {
            roots
                .add(certificate.map_err(io::Error::other)?)
                .map_err(io::Error::other)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let client = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let socket = tcp(address)?;
        let mut stream = StreamOwned::new(client, socket.try_clone()?);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        stream.flush()?;
        let leaf = stream
            .conn
            .peer_certificates()
            .and_then(<[_]>::first)
            .map(|leaf| leaf.to_vec());
        Ok(Self {
            stream: Box::new(Tls(stream)),
            socket,
            tls: leaf,
            read: Vec::new(),
        })
    }

    /// Without TLS.
    pub fn plain(address: SocketAddr) -> Self {
        let socket = tcp(address).unwrap();
        Self {
            stream: Box::new(socket.try_clone().unwrap()),
            socket,
            tls: None,
            read: Vec::new(),
        }
    }

    /// The certificate that the server showed (DER).
    pub fn certificate(&self) -> &[u8] {
        self.tls.as_deref().unwrap()
    }

    /// Sends; that the other side has closed already is no fault, its answer may still be read.
    pub fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).and_then(|()| self.stream.flush());
    }

    /// Sends a request and reads its answer.
    #[track_caller]
    pub fn send(&mut self, request: &Request) -> Answer {
        self.write(&request.bytes());
        self.answer()
    }

    /// The next answer, which must come.
    #[track_caller]
    pub fn answer(&mut self) -> Answer {
        self.try_answer().unwrap_or_else(|| {
            panic!("no answer but {:?}", String::from_utf8_lossy(&self.read));
        })
    }

    /// Whether an answer begins to come, or the connection ends, within a moment.
    pub fn answers(&mut self) -> bool {
        self.socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let mut buffer = [0; 1024];
        let read = self.stream.read(&mut buffer);
        self.socket.set_read_timeout(Some(BOUND)).unwrap();
        match read {
            Ok(read) => {
                self.read.extend_from_slice(&buffer[..read]);
                true
            }
            Err(error) => !is_pause(&error),
        }
    }

    /// The next answer; None if the connection ends before one is complete.
    pub fn try_answer(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            self.more()?;
        };
        let head = String::from_utf8(self.read.drain(..end + 4).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<_> = lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap();
                (name.to_lowercase(), value.trim().to_owned())
            })
            .collect();
        let mut answer = Answer {
            status,
            headers,
            body: String::new(),
        };
        let length = answer
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        while self.read.len() < length {
            self.more()?;
        }
        answer.body = String::from_utf8(self.read.drain(..length).collect()).unwrap();
        Some(answer)
    }

    /// Reads until a text has come; gives all up to its end. For answers without a length.
    #[track_caller]
    pub fn until(&mut self, text: &str) -> String {
        let end = loop {
            let found = self
                .read
                .windows(text.len())
                .position(|window| window == text.as_bytes());
            if let Some(at) = found {
                break at + text.len();
            }
            assert!(
                self.more().is_some(),
                "no {text:?} but {:?}",
                String::from_utf8_lossy(&self.read)
            );
        };
        String::from_utf8(self.read.drain(..end).collect()).unwrap()
    }

    /// The body of an answer that comes in pieces, after its head.
    #[track_caller]
    pub fn pieces(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = self.until("\r\n");
            let length = usize::from_str_radix(line.trim(), 16).unwrap();
            while self.read.len() < length + 2 {
                assert!(self.more().is_some(), "cut after {} bytes", body.len());
            }
            body.extend(self.read.drain(..length));
            self.read.drain(..2);
            if length == 0 {
                return body;
            }
        }
    }

    /// Waits until the server ends the connection; gives what it sent before that.
    pub fn end(mut self) -> Vec<u8> {
        while self.more().is_some() {}
        self.read
    }

    /// Reads a part; None at the end. A read that takes longer than [`BOUND`] fails the test.
    fn more(&mut self) -> Option<()> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => None,
            Ok(read) => {
                self.read.extend_from_slice(&buffer[..read]);
                Some(())
            }
            Err(error) if is_pause(&error) => panic!("nothing came for {BOUND:?}"),
            Err(_) => None,
        }
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn tcp(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(BOUND))?;
    stream.set_write_timeout(Some(BOUND))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
