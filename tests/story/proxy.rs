//! A proxy in front of a server, which can lose an answer after the server has given it: what a crash or a cut cable
//! looks like from outside. One request per connection.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What happens to the next request whose line contains a text.
struct Fault {
    request_line: String,
    before_server: bool,
    action: Box<dyn FnOnce() + Send>,
}

#[derive(Default)]
struct Shared {
    upstream: Option<SocketAddr>,
    faults: Vec<Fault>,
    seen: Vec<(String, Vec<u8>)>,
}

pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

impl Proxy {
    pub fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::<Mutex<Shared>>::default();
        let accepted = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = accepted.clone();
                std::thread::spawn(move || converse(stream, &shared));
            }
        });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn forward_to(&self, upstream: SocketAddr) {
        self.shared.lock().unwrap().upstream = Some(upstream);
    }

    /// Refuses all connections, as when the cable is out.
    pub fn cut(&self) {
        self.shared.lock().unwrap().upstream = None;
    }

    /// The next request with `request_line` in its first line reaches the server, which answers; then `action` runs
    /// and the answer is lost.
    pub fn lose_answer(&self, request_line: &str, action: impl FnOnce() + Send + 'static) {
        self.fault(request_line, false, action);
    }

    /// The next such request is lost before it reaches the server.
    pub fn lose_request(&self, request_line: &str, action: impl FnOnce() + Send + 'static) {
        self.fault(request_line, true, action);
    }

    fn fault(&self, request_line: &str, before_server: bool, action: impl FnOnce() + Send + 'static) {
        let fault = Fault { request_line: request_line.to_owned(), before_server, action: Box::new(action) };
        self.shared.lock().unwrap().faults.push(fault);
    }

    /// Whether all faults have happened.
    pub fn faults_are_over(&self) -> bool {
        self.shared.lock().unwrap().faults.is_empty()
    }

    /// The bodies of requests seen with this text in their first line.
    pub fn bodies(&self, request_line: &str) -> Vec<Vec<u8>> {
        let shared = self.shared.lock().unwrap();
        shared.seen.iter().filter(|(line, _)| line.contains(request_line)).map(|(_, body)| body.clone()).collect()
    }

    /// How many requests were seen at all.
    pub fn requests(&self) -> usize {
        self.shared.lock().unwrap().seen.len()
    }
}

fn converse(mut client: TcpStream, shared: &Mutex<Shared>) {
    let Some((head, body)) = read_message(&mut client) else { return };
    let line = head.lines().next().unwrap_or_default().to_owned();
    let (upstream, fault) = {
        let mut shared = shared.lock().unwrap();
        shared.seen.push((line.clone(), body.clone()));
        let at = shared.faults.iter().position(|fault| line.contains(&fault.request_line));
        (shared.upstream, at.map(|at| shared.faults.remove(at)))
    };
    if let Some(fault) = fault {
        if !fault.before_server {
            let _ = upstream.and_then(|upstream| exchange(upstream, &head, &body));
        }
        (fault.action)();
        return;
    }
    if let Some(answer) = upstream.and_then(|upstream| exchange(upstream, &head, &body)) {
        let _ = client.write_all(&answer);
    }
}

fn exchange(upstream: SocketAddr, head: &str, body: &[u8]) -> Option<Vec<u8>> {
    let mut server = TcpStream::connect(upstream).ok()?;
    // One exchange per connection: the server says so in its answer, and the client believes it.
    let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    server.write_all(head.as_bytes()).ok()?;
    server.write_all(body).ok()?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

fn read_message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end + 4].to_vec()).ok()?;
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok()
                })
                .unwrap_or(0);
            let mut body = bytes[end + 4..].to_vec();
            while body.len() < length {
                let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
                body.extend_from_slice(&buffer[..read]);
            }
            return Some((head, body));
        }
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    }
}
