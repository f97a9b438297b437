//! Against real sockets on this machine.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Instant;

use axum::extract::{DefaultBodyLimit, Path};
use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio::sync::{broadcast, oneshot};
use tokio::task::JoinHandle;

use super::*;
use crate::net::client::{Answer, Client, Reach, Request as Ask};
use crate::net::events::{Event, Heard, from_broadcast, from_watch};
use crate::net::json::JsonBytes;
use crate::packet::origin::Origin;

struct Running {
    origin: Origin,
    stop: oneshot::Sender<()>,
    stopped: JoinHandle<()>,
}

impl Running {
    async fn start(router: Router, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (stop, stopping) = oneshot::channel();
        let stopped = tokio::spawn(serve(listener, router, limits, async { stopping.await.unwrap() }));
        Self { origin, stop, stopped }
    }

    async fn send(&self, request: Ask) -> Answer {
        Client::new(Reach::Configured, "test").unwrap().send(request).await.unwrap()
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Ask::get(&self.origin, path)).await
    }

    async fn post(&self, path: &str, media_type: &'static str, bytes: usize) -> Answer {
        self.send(Ask::post(&self.origin, path, media_type, vec![b' '; bytes])).await
    }

    async fn connect(&self) -> Raw {
        Raw(TcpStream::connect(self.origin.as_str().strip_prefix("http://").unwrap()).await.unwrap())
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.stopped.await.unwrap();
    }
}

/// A connection whose bytes the test writes and reads itself.
struct Raw(TcpStream);

impl Raw {
    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    async fn hear_until(&mut self, end: &str) -> String {
        let mut heard = String::new();
        while !heard.ends_with(end) {
            heard.push(char::from(self.0.read_u8().await.unwrap()));
        }
        heard
    }

    async fn hear_all(&mut self) -> String {
        let mut heard = String::new();
        self.0.read_to_string(&mut heard).await.unwrap();
        heard
    }
}

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

fn code(answer: &Answer) -> String {
    let problem = Problem::of_answer(answer.status, answer.content_type.as_deref(), &answer.body);
    assert_eq!(answer.content_type.as_deref(), Some("application/problem+json"));
    assert_eq!(problem.status(), answer.status);
    problem.code().to_owned()
}

async fn length(body: JsonBytes) -> String {
    body.0.len().to_string()
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let number = get(|Path(number): Path<u8>| async move { number.to_string() });
    let server = Running::start(hello().route("/n/{number}", number), Limits::default()).await;
    assert_eq!(server.get("/").await.body, b"hello");
    assert_eq!(server.get("/n/7").await.body, b"7");
    assert_eq!(code(&server.get("/nowhere").await), "not-found");
    assert_eq!(code(&server.post("/", "application/json", 0).await), "method-not-allowed");
    assert_eq!(code(&server.get("/n/x").await), "bad-request");

    let mut raw = server.connect().await;
    raw.say("DELETE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(raw.hear_all().await.contains("\r\nallow: GET,HEAD\r\n"));
    server.stop().await;
}

#[tokio::test]
async fn errors_that_a_handler_wrote_stay() {
    let router = Router::new()
        .route("/page", get(|| async { (StatusCode::NOT_FOUND, axum::response::Html("gone")) }))
        .route("/bare", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "9")], "busy") }))
        .route("/own", get(|| async { Problem::new("expired", 410, "Expired", "It was for last year.") }));
    let server = Running::start(router, Limits::default()).await;
    let page = server.get("/page").await;
    assert_eq!((page.status, &*page.body), (404, &b"gone"[..]));
    let bare = server.get("/bare").await;
    assert_eq!((code(&bare).as_str(), bare.retry_after), ("unavailable", Some(9)));
    let own = server.get("/own").await;
    assert_eq!((own.status, code(&own)), (410, "expired".to_owned()));
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let cached = get(|| async { ([("cache-control", "max-age=60")], "key") });
    let server = Running::start(hello().route("/cached", cached), Limits::default()).await;
    assert!(server.get("/").await.date.is_some());
    for (path, cache) in [("/", "no-store"), ("/cached", "max-age=60"), ("/nowhere", "no-store")] {
        let mut raw = server.connect().await;
        raw.say(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        let head = raw.hear_until("\r\n\r\n").await;
        for line in ["x-content-type-options: nosniff", "date: ", &format!("cache-control: {cache}")] {
            assert_eq!(head.matches(&format!("\r\n{line}")).count(), 1, "{line} in {head}");
        }
    }
}

#[tokio::test]
async fn bodies_are_json_and_not_too_large() {
    let large = post(length).layer(DefaultBodyLimit::max(2000));
    let router = Router::new().route("/small", post(length)).route("/large", large);
    let server = Running::start(router, Limits { body: 1000, ..Limits::default() }).await;
    assert_eq!(server.post("/small", "application/json", 1000).await.body, b"1000");
    assert_eq!(server.post("/large", "application/vnd.hongbao+json", 2000).await.body, b"2000");
    assert_eq!(code(&server.post("/small", "text/plain", 1).await), "unsupported-media-type");
    assert_eq!(code(&server.post("/small", "application/json", 1001).await), "too-large");
    assert_eq!(code(&server.post("/large", "application/json", 2001).await), "too-large");

    let mut raw = server.connect().await;
    raw.say("POST /small HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    raw.say(&format!("3e9\r\n{}\r\n", " ".repeat(1001))).await;
    assert!(raw.hear_until("\r\n\r\n").await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn an_early_answer_arrives_although_the_body_was_not_read() {
    let server = Running::start(Router::new().route("/", post(length)), Limits::default()).await;
    let half = " ".repeat(512 * 1024);
    let mut raw = server.connect().await;
    raw.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1048576\r\n\r\n").await;
    raw.say(&half).await;
    raw.0.readable().await.unwrap();
    // The answer is there, but a simple client writes all before it reads.
    raw.say(&half).await;
    assert!(raw.hear_all().await.starts_with("HTTP/1.1 415 "));
}

#[tokio::test]
async fn too_many_requests_meet_no_handler() {
    let (seen, mut handled) = tokio::sync::mpsc::unbounded_channel();
    let router = Router::new().route("/", get(move |PeerIp(ip): PeerIp| async move { seen.send(ip).unwrap() }));
    let limits = Limits { per_ip_per_second: Some(NonZeroU32::MIN), burst: NonZeroU32::MIN, ..Limits::default() };
    let server = Running::start(router, limits).await;
    assert_eq!(server.get("/").await.status, 200);
    let refused = server.get("/").await;
    assert_eq!((code(&refused).as_str(), refused.retry_after), ("too-many-requests", Some(1)));
    assert_eq!(code(&server.get("/nowhere").await), "too-many-requests");
    assert_eq!(handled.recv().await, Some("127.0.0.1".parse().unwrap()));
    assert!(handled.try_recv().is_err());
}

/// Nothing that a caller writes makes it another caller: nobody configures whom to believe, so nobody is believed.
#[tokio::test]
async fn headers_of_proxies_are_not_believed() {
    let (seen, mut handled) = tokio::sync::mpsc::unbounded_channel();
    let router = Router::new().route("/", get(move |PeerIp(ip): PeerIp| async move { seen.send(ip).unwrap() }));
    let limits = Limits { per_ip_per_second: Some(NonZeroU32::MIN), burst: NonZeroU32::MIN, ..Limits::default() };
    let server = Running::start(router, limits).await;
    assert_eq!(server.get("/").await.status, 200);
    for claim in [
        "X-Forwarded-For: 203.0.113.7",
        "X-Forwarded-For: 203.0.113.7, 127.0.0.1",
        "Forwarded: for=203.0.113.7;proto=https;by=127.0.0.1",
        "X-Real-IP: 203.0.113.7",
        "True-Client-IP: 203.0.113.7",
        "CF-Connecting-IP: 203.0.113.7",
        "X-Client-IP: 203.0.113.7",
        "X-Cluster-Client-IP: 203.0.113.7",
        "X-Forwarded-Host: bank.example",
        "Via: 1.1 proxy",
    ] {
        let mut raw = server.connect().await;
        raw.say(&format!("GET / HTTP/1.1\r\nHost: x\r\n{claim}\r\nConnection: close\r\n\r\n")).await;
        assert!(raw.hear_all().await.starts_with("HTTP/1.1 429 "), "{claim}");
    }
    assert_eq!(handled.recv().await, Some("127.0.0.1".parse().unwrap()));
    assert!(handled.try_recv().is_err());
}

#[tokio::test]
async fn a_panic_ends_only_its_request() {
    let panics = get(|| async {
        if true {
            panic!("SECRET");
        }
    });
    let server = Running::start(hello().route("/panic", panics), Limits::default()).await;
    let answer = server.get("/panic").await;
    assert_eq!(code(&answer), "internal");
    assert!(!String::from_utf8(answer.body).unwrap().contains("SECRET"));
    assert_eq!(server.get("/").await.status, 200);
}

#[tokio::test]
async fn a_slow_head_is_closed_and_a_slow_handler_answered() {
    let slow = get(|| async { std::future::pending::<()>().await });
    let limits = Limits { header_read_timeout: ms(50), request_timeout: ms(50), ..Limits::default() };
    let server = Running::start(Router::new().route("/slow", slow), limits).await;
    assert_eq!(code(&server.get("/slow").await), "unavailable");

    let mut slow_head = server.connect().await;
    slow_head.say("GET / HTTP/1.1\r\n").await;
    assert_eq!(tokio::time::timeout(ms(500), slow_head.hear_all()).await, Ok(String::new()));
    let mut silent = server.connect().await;
    assert_eq!(tokio::time::timeout(ms(500), silent.hear_all()).await, Ok(String::new()));
}

#[tokio::test]
async fn further_connections_wait_for_a_free_place() {
    let server = Running::start(hello(), Limits { max_connections: 1, ..Limits::default() }).await;
    let mut first = server.connect().await;
    first.say(GET).await;
    assert!(first.hear_until("hello").await.starts_with("HTTP/1.1 200 "));
    let mut second = server.connect().await;
    second.say(GET).await;
    assert!(tokio::time::timeout(ms(50), second.0.readable()).await.is_err());
    drop(first);
    assert!(second.hear_until("hello").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn an_event_stream_outlasts_the_time_limit_and_ends_with_the_server() {
    let (sender, _) = broadcast::channel::<u32>(2);
    let listeners = sender.clone();
    let router = Router::new().route(
        "/",
        get(move |stopping: Stopping| async move {
            from_broadcast(listeners.subscribe(), stopping, |heard| match heard {
                Heard::Message(number) => (number % 2 == 0).then(|| Event::default().data(number.to_string())),
                Heard::Missed => Some(Event::default().data("missed")),
            })
        }),
    );
    let server = Running::start(router, Limits { request_timeout: ms(50), ..Limits::default() }).await;
    let mut raw = server.connect().await;
    raw.say(GET).await;
    let head = raw.hear_until("\r\n\r\n").await;
    assert!(head.contains("\r\ncontent-type: text/event-stream\r\n"), "{head}");
    tokio::time::sleep(ms(100)).await;
    for number in [1, 2] {
        sender.send(number).unwrap();
    }
    assert!(raw.hear_until("\n\n").await.ends_with("data: 2\n\n"));
    for number in [4, 6, 8] {
        sender.send(number).unwrap();
    }
    assert!(raw.hear_until("8\n\n").await.contains("data: missed\n\n"));

    let asked = Instant::now();
    server.stop().await;
    assert!(asked.elapsed() < ms(1000));
    assert!(raw.hear_all().await.ends_with("0\r\n\r\n"), "the stream was ended, not cut off");
}

#[tokio::test]
async fn an_event_stream_ends_with_its_sender() {
    let (sender, receiver) = watch::channel(1);
    let router = Router::new().route(
        "/",
        get(move |stopping: Stopping| async move {
            from_watch(receiver, stopping, |number| Some(Event::default().data(number.to_string())))
        }),
    );
    let server = Running::start(router, Limits::default()).await;
    let mut raw = server.connect().await;
    raw.say(GET).await;
    raw.hear_until("data: 1\n\n").await;
    sender.send(2).unwrap();
    raw.hear_until("data: 2\n\n").await;
    drop(sender);
    raw.hear_until("0\r\n\r\n").await;
}

#[tokio::test]
async fn a_request_under_way_is_finished_at_shutdown() {
    let (entered, mut at_handler) = tokio::sync::mpsc::channel(1);
    let router = Router::new().route(
        "/",
        get(move || async move {
            entered.send(()).await.unwrap();
            tokio::time::sleep(ms(100)).await;
            "done"
        }),
    );
    let server = Running::start(router, Limits::default()).await;
    let mut idle = server.connect().await;
    let mut busy = server.connect().await;
    busy.say(GET).await;
    at_handler.recv().await.unwrap();
    let address = server.origin.as_str().strip_prefix("http://").unwrap().to_owned();
    server.stop().await;
    assert!(busy.hear_all().await.ends_with("\r\n\r\ndone"));
    assert_eq!(idle.hear_all().await, "");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[cfg(unix)]
#[tokio::test]
async fn the_signal_to_stop() {
    let stop = wait_for_stop().unwrap();
    // The signal reaches this whole process, which listens for it since the line above.
    let me = std::process::id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &me]).status().unwrap().success());
    tokio::time::timeout(ms(1000), stop).await.expect("SIGTERM is heard");
}
