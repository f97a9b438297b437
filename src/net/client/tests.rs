//! Against real sockets on this machine. A machine without root certificates refuses https before it looks a name up;
//! there the two tests with https names see that refusal instead.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;

async fn listen() -> (TcpListener, Origin) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    (listener, origin)
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// Answers one request with these bytes, closes, and returns the request's head.
async fn answering(answer: impl Into<Vec<u8>>) -> (Origin, JoinHandle<String>) {
    let (listener, origin) = listen().await;
    let answer = answer.into();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = read_head(&mut stream).await;
        stream.write_all(&answer).await.unwrap();
        head
    });
    (origin, served)
}

async fn has_no_visitor(listener: &TcpListener) -> bool {
    tokio::time::timeout(Duration::from_millis(50), listener.accept()).await.is_err()
}

fn wallet(loopback: &[&Origin]) -> Client {
    let loopback = loopback.iter().map(|origin| (*origin).clone()).collect();
    Client::new(Reach::Public { loopback }, "hongbao/test").unwrap()
}

fn bank() -> Client {
    Client::new(Reach::Configured, "hongbao/test").unwrap()
}

fn refused(refusal: Refusal) -> Result<Answer, NetError> {
    Err(NetError::NotAllowed(refusal))
}

#[tokio::test]
async fn sends_what_was_asked_and_reads_the_answer() {
    let (origin, served) = answering(
        "HTTP/1.1 409 Conflict\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/problem+json\r\n\
         Retry-After: 7\r\nContent-Length: 2\r\n\r\n{}",
    )
    .await;
    let request = Request::post(&origin, "/v1/collect?try=2", "application/json", b"[]".to_vec());
    let answer = wallet(&[&origin]).send(request.header("authorization", "DPoP x")).await.unwrap();
    assert_eq!((answer.status, answer.date, answer.retry_after), (409, Some(784_111_777), Some(7)));
    assert_eq!((answer.content_type.as_deref(), &*answer.body), (Some("application/problem+json"), &b"{}"[..]));
    assert!(!answer.is_success());

    let head = served.await.unwrap();
    assert!(head.starts_with("POST /v1/collect?try=2 HTTP/1.1\r\n"), "{head}");
    for line in ["user-agent: hongbao/test", "authorization: DPoP x", "content-type: application/json"] {
        assert!(head.contains(line), "{line} in {head}");
    }
    for absent in ["accept-encoding", "cookie", "referer"] {
        assert!(!head.contains(absent), "{absent} not in {head}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (canary, elsewhere) = listen().await;
    let (origin, _served) =
        answering(format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n")).await;
    let client = wallet(&[&origin, &elsewhere]);
    assert_eq!(client.send(Request::get(&origin, "/")).await.unwrap().status, 302);
    assert!(has_no_visitor(&canary).await);
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit() {
    for (bytes, fits) in [(10, true), (11, false)] {
        let body = "x".repeat(bytes);
        let announced = format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n{body}");
        let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{bytes:x}\r\n{body}\r\n0\r\n\r\n");
        let until_closed = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
        for answer in [announced, chunked, until_closed] {
            let (origin, _served) = answering(answer.clone()).await;
            let got = wallet(&[&origin]).send(Request::get(&origin, "/").max_answer(10)).await;
            let expected = if fits { Ok(body.clone().into_bytes()) } else { Err(NetError::TooLarge) };
            assert_eq!(got.map(|answer| answer.body), expected, "{answer}");
        }
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let (listener, origin) = listen().await;
    let endless = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut sent = 0;
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {
            sent += 4096;
        }
        sent
    });
    assert_eq!(wallet(&[&origin]).send(Request::get(&origin, "/")).await, Err(NetError::TooLarge));
    // The writer only stops because the client hung up.
    assert!(endless.await.unwrap() >= 64 * 1024);
}

#[tokio::test]
async fn silence_times_out_whether_before_or_inside_the_answer() {
    for start in ["", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx"] {
        let (listener, origin) = listen().await;
        let _held = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_head(&mut stream).await;
            stream.write_all(start.as_bytes()).await.unwrap();
            let _ = stream.read_u8().await;
        });
        let request = Request::get(&origin, "/").timeout(Duration::from_millis(100));
        let client = wallet(&[&origin]);
        let answer = tokio::time::timeout(Duration::from_secs(5), client.send(request)).await;
        assert_eq!(answer.expect("it ends"), Err(NetError::TimedOut), "{start}");
    }
}

#[tokio::test]
async fn broken_is_told_from_unreachable() {
    for answer in ["", "HTTP/1.1 200", "SMTP\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"] {
        let (origin, _served) = answering(answer).await;
        assert_eq!(wallet(&[&origin]).send(Request::get(&origin, "/")).await, Err(NetError::Broken), "{answer}");
    }
    let (listener, origin) = listen().await;
    drop(listener);
    assert_eq!(wallet(&[&origin]).send(Request::get(&origin, "/")).await, Err(NetError::Unreachable));
}

#[tokio::test]
async fn a_name_that_resolves_to_this_machine_is_refused() {
    let (canary, origin) = listen().await;
    let port = origin.as_str().rsplit(':').next().unwrap();
    let localhost = Origin::parse(&format!("https://localhost:{port}")).unwrap();
    // Adding the name does not help: only a literal address is what it says.
    let client = wallet(&[&localhost]);
    let answer = client.send(Request::get(&localhost, "/")).await;
    assert!(answer == refused(Refusal::NotPublic) || answer == refused(Refusal::NoRootCertificates), "{answer:?}");
    assert!(has_no_visitor(&canary).await);

    let resolved = PublicOnly.resolve("localhost".parse().unwrap()).await;
    assert!(resolved.is_err_and(|error| error.is::<NotPublic>()));
}

#[tokio::test]
async fn the_servers_client_reaches_configured_names() {
    let (listener, origin) = listen().await;
    let port = origin.as_str().rsplit(':').next().unwrap();
    let localhost = Origin::parse(&format!("https://localhost:{port}")).unwrap();
    let met = tokio::spawn(async move { listener.accept().await.is_ok() });
    // It speaks no TLS and hangs up, but the connection was made.
    let answer = bank().send(Request::get(&localhost, "/")).await;
    if answer == refused(Refusal::NoRootCertificates) {
        return met.abort();
    }
    assert_eq!(answer, Err(NetError::Unreachable));
    assert!(met.await.unwrap());
}

#[tokio::test]
async fn literal_private_addresses_are_refused() {
    for text in ["https://10.0.0.1", "https://169.254.169.254", "https://[fd00::1]:8443", "https://[::ffff:a00:1]"] {
        let origin = Origin::parse(text).unwrap();
        assert_eq!(wallet(&[&origin]).send(Request::get(&origin, "/")).await, refused(Refusal::NotPublic), "{text}");
    }
}

#[tokio::test]
async fn loopback_only_after_the_person_added_it() {
    let (listener, origin) = listen().await;
    let client = wallet(&[]);
    let clone = client.clone();
    assert_eq!(client.send(Request::get(&origin, "/")).await, refused(Refusal::LoopbackNotAdded));
    let secure = Origin::parse("https://127.0.0.1:1").unwrap();
    assert_eq!(client.send(Request::get(&secure, "/")).await, refused(Refusal::LoopbackNotAdded));
    assert!(has_no_visitor(&listener).await);

    clone.allow(origin.clone());
    let (sent, _) = tokio::join!(client.send(Request::get(&origin, "/")), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    });
    assert_eq!(sent.unwrap().status, 204);

    clone.disallow(&origin);
    assert_eq!(client.send(Request::get(&origin, "/")).await, refused(Refusal::LoopbackNotAdded));
}

#[tokio::test]
async fn the_servers_client_reaches_loopback() {
    let (origin, served) = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    assert!(bank().send(Request::get(&origin, "/")).await.unwrap().is_success());
    assert!(served.await.unwrap().starts_with("GET / HTTP/1.1"));
}

#[tokio::test]
async fn a_malformed_request_is_not_sent() {
    let (canary, origin) = listen().await;
    let client = wallet(&[&origin]);
    for path in ["", "x", ".evil.example/", "@evil.example/", ":80/", "/a b", "/a\r\nx: y", "/a\\b", "/a#b", "/福"] {
        assert_eq!(client.send(Request::get(&origin, path)).await, refused(Refusal::Malformed), "{path}");
    }
    for (name, value) in [("x", "a\r\nb: c"), ("a b", "c"), ("", "c")] {
        let request = Request::get(&origin, "/").header(name, value);
        assert_eq!(client.send(request).await, refused(Refusal::Malformed), "{name}");
    }
    assert!(has_no_visitor(&canary).await);
    assert_eq!(address(&Request::get(&origin, "//evil.example/")).unwrap().host_str(), Some("127.0.0.1"));
}
