//! The network between everybody: it calls the servers' real routers, and in rough weather loses, doubles, delays and garbles what
//! it carries, or hangs up while a request is being handled.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use tower::ServiceExt as _;

use super::chance::Chance;
use crate::clock::{Clock as _, ManualClock};
use crate::net::client::{Answer, Method, NetError, Request, Wire};
use crate::packet::Origin;
use crate::store::inline::Fuse;

/// A server that answers.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) fuse: Arc<Fuse>,
    pub(super) clock: Arc<ManualClock>,
    /// One request at a time, so that the order in which they are decided is known.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Server {
    pub(super) fn new(router: Router, fuse: Arc<Fuse>, clock: Arc<ManualClock>) -> Self {
        Self { router, fuse, clock, turn: Arc::default() }
    }
}

/// A request that a server decided on.
pub(super) struct Seen {
    pub(super) to: Origin,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
    /// The server's time.
    pub(super) at: i64,
    /// Its answer's status, if it came to an answer.
    pub(super) status: Option<u16>,
    /// Whether something changed there.
    pub(super) changed: bool,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    Lost,
    AnswerLost,
    Doubled,
    Delayed,
    Garbled,
    CutOff,
}

pub(super) struct Net {
    servers: Mutex<BTreeMap<Origin, Server>>,
    chance: Chance,
    rough: AtomicBool,
    /// What arrives later, if at all.
    late: Mutex<Vec<Request>>,
    seen: Mutex<Vec<Seen>>,
    faults: Mutex<BTreeMap<Fault, u64>>,
}

impl Net {
    /// In calm weather.
    pub(super) fn new(chance: Chance) -> Arc<Self> {
        Arc::new(Self {
            servers: Mutex::default(),
            chance,
            rough: AtomicBool::new(false),
            late: Mutex::default(),
            seen: Mutex::default(),
            faults: Mutex::default(),
        })
    }

    pub(super) fn set_rough(&self, rough: bool) {
        self.rough.store(rough, Ordering::SeqCst);
    }

    pub(super) fn put(&self, origin: &Origin, server: Server) {
        self.servers.lock().unwrap().insert(origin.clone(), server);
    }

    /// A server is not there any more.
    pub(super) fn forget(&self, origin: &Origin) {
        let gone = self.servers.lock().unwrap().remove(origin);
        drop(gone);
    }

    pub(super) fn forget_all(&self) {
        // Not under the lock: a server that goes may have something to say to another.
        let all = std::mem::take(&mut *self.servers.lock().unwrap());
        drop(all);
    }

    /// What was decided since this was asked last.
    pub(super) fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    pub(super) fn faults(&self) -> BTreeMap<Fault, u64> {
        self.faults.lock().unwrap().clone()
    }

    /// Lets a delayed request arrive, and says whether there was one. Nobody waits for its answer any more.
    pub(super) async fn arrive(&self) -> bool {
        let request = {
            let mut late = self.late.lock().unwrap();
            if late.is_empty() {
                return false;
            }
            let at = self.chance.index(late.len());
            late.swap_remove(at)
        };
        self.deliver(&request, None).await;
        true
    }

    /// What is still under way gets lost.
    pub(super) fn drop_late(&self) {
        self.late.lock().unwrap().clear();
    }

    fn fault(&self) -> Option<Fault> {
        if !self.rough.load(Ordering::SeqCst) || !self.chance.one_in(5) {
            return None;
        }
        let all = [Fault::Lost, Fault::AnswerLost, Fault::Doubled, Fault::Delayed, Fault::Garbled, Fault::CutOff];
        let fault = *self.chance.pick(&all)?;
        *self.faults.lock().unwrap().entry(fault).or_default() += 1;
        Some(fault)
    }

    async fn send(&self, request: Request) -> Result<Answer, NetError> {
        let broken = NetError::Broken;
        match self.fault() {
            None => self.deliver(&request, None).await.ok_or(NetError::Unreachable),
            Some(Fault::Lost) => Err(if self.chance.one_in(2) { NetError::Unreachable } else { NetError::TimedOut }),
            Some(Fault::AnswerLost) => {
                self.deliver(&request, None).await;
                Err(NetError::TimedOut)
            }
            Some(Fault::Doubled) => {
                let first = self.deliver(&request, None).await;
                let second = self.deliver(&request, None).await;
                (if self.chance.one_in(2) { first } else { second }).ok_or(broken)
            }
            Some(Fault::Delayed) => {
                self.late.lock().unwrap().push(request);
                Err(NetError::TimedOut)
            }
            Some(Fault::Garbled) => self.deliver(&request, None).await.map(|it| self.garble(it)).ok_or(broken),
            Some(Fault::CutOff) => {
                let decisions = self.chance.below(3);
                self.deliver(&request, Some(decisions)).await;
                Err(broken)
            }
        }
    }

    /// What a proxy, or a server gone mad, makes of an answer.
    fn garble(&self, answer: Answer) -> Answer {
        let (status, kind, body): (u16, &str, &[u8]) = match self.chance.below(5) {
            0 => (200, "text/html", b"<h1>Welcome</h1>"),
            1 => (502, "text/html", b"<h1>Bad gateway</h1>"),
            2 => (404, "text/html", b"<h1>Not found</h1>"),
            3 => (200, "application/json", b"{}"),
            _ => {
                let half = answer.body.len() / 2;
                return Answer { body: answer.body[..half].to_vec(), ..answer };
            }
        };
        Answer { status, content_type: Some(kind.to_owned()), body: body.to_vec(), ..answer }
    }

    /// Has the server handle a request; with a number of decisions, hangs up once it has made so many.
    async fn deliver(&self, request: &Request, most: Option<u64>) -> Option<Answer> {
        let server = self.servers.lock().unwrap().get(&request.origin).cloned()?;
        let _turn = server.turn.lock().await;
        if server.fuse.is_blown() {
            return None;
        }
        let (before, at) = (server.fuse.changes(), server.clock.now());
        let handling = handle(&server, request);
        let start = server.fuse.decisions();
        let answer = match most {
            None => server.fuse.alive(handling).await,
            Some(most) => {
                let is_enough = || server.fuse.decisions() - start >= most;
                server.fuse.alive(cut_off(handling, is_enough)).await.flatten()
            }
        };
        let changed = server.fuse.changes() > before;
        let status = answer.as_ref().map(|answer| answer.status);
        if let (Method::Post, Some(body), true) = (request.method, &request.body, changed || status.is_some()) {
            let (to, path) = (request.origin.clone(), request.path.clone());
            self.seen.lock().unwrap().push(Seen { to, path, body: body.clone(), at, status, changed });
        }
        answer
    }
}

/// One end of the net.
pub(super) struct End(pub(super) Arc<Net>);

impl Wire for End {
    fn carry(&self, request: Request) -> Pin<Box<dyn Future<Output = Result<Answer, NetError>> + Send + '_>> {
        Box::pin(self.0.send(request))
    }
}

async fn handle(server: &Server, request: &Request) -> Answer {
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let mut asked = axum::http::Request::builder().method(method).uri(&request.path);
    if let Some(kind) = request.content_type {
        asked = asked.header(CONTENT_TYPE, kind);
    }
    for (name, value) in &request.headers {
        asked = asked.header(*name, value);
    }
    let asked = asked.body(request.body.clone().map_or_else(Body::empty, Body::from)).unwrap();
    let response = server.router.clone().oneshot(asked).await.unwrap();
    let (head, body) = response.into_parts();
    let kind = head.headers.get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let date = Some(server.clock.now());
    Answer { status: head.status.as_u16(), date, content_type: kind, retry_after: None, body }
}

/// The work's outcome, unless it is still at work when that is enough; then it is dropped where it stands.
async fn cut_off<T>(work: impl Future<Output = T>, is_enough: impl Fn() -> bool) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if is_enough() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}
