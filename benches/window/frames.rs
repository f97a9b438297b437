//! What a frame costs before it is painted: layout, and cutting shapes into triangles. Without a display, on real wallets.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::vec2;
use hongbao::app::camera::Camera;
use hongbao::app::text::Language;
use hongbao::app::{Launch, Session, ThemeChoice};
use hongbao::clock::SystemClock;

use crate::table::{Table, median};
use crate::wallets;

const FRAMES: usize = 400;
/// What is said of the opening for as long as it lasts, and of nothing else.
const MOMENT: &str = "按空格或 Esc 跳过";
/// A packet on the shelf, which is one to open. A row of the list is called so too, and then more: it may be opened already.
const TO_OPEN: &str = "山茶花超市：新春纳福 愿你日日有好消息";
/// So many frames has an opening that is seen from its beginning to its end: 2.75 seconds.
const OPENING: usize = 165;

async fn camera(dir: &Path) -> Camera {
    let folder = dir.to_owned();
    let opener = Box::new(move |_| Ok((folder, wallets::surroundings())));
    let session = Session { dir: dir.to_owned(), opener, take: Vec::new(), greets: false };
    let launch = Launch {
        sessions: vec![session],
        board: None,
        door: None,
        language: Some(Language::Chinese),
        theme: Some(ThemeChoice::Light),
        announcer: None,
        clock: Arc::new(SystemClock),
    };
    let mut camera = Camera::new(launch, vec2(1120.0, 760.0), 1.0);
    camera.settle().await.unwrap_or_else(|error| panic!("{error}"));
    camera
}

fn frame(camera: &mut Camera) -> Duration {
    let begin = Instant::now();
    std::hint::black_box(camera.redraw());
    begin.elapsed()
}

/// A frame of the page of packets with very many beside one with a hundred.
pub(crate) async fn measure(table: &mut Table, small: &Path, huge: &Path) {
    let (mut few, mut many) = (camera(small).await, camera(huge).await);
    for camera in [&mut few, &mut many] {
        camera.find(Role::Button, "山茶花超市").await.unwrap_or_else(|error| panic!("{error}"));
    }
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..FRAMES {
        times[0].push(frame(&mut many));
        times[1].push(frame(&mut few));
    }
    table.ratio("a frame with 100,000 packets / with 100", times.map(median), 1.2);
}

/// The frames of the opening beside those of the still envelope.
pub(crate) async fn measure_opening(table: &mut Table, small: &Path) {
    let copy = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    wallets::copy(small, copy.path());
    let mut camera = camera(copy.path()).await;
    let done = camera.click(Role::Button, TO_OPEN).await;
    done.unwrap_or_else(|error| panic!("{error}"));
    camera.settle().await.unwrap_or_else(|error| panic!("{error}"));
    let still = median((0..FRAMES).map(|_| frame(&mut camera)).collect());
    camera.press_key(egui::Key::Enter);
    camera.find(Role::Button, MOMENT).await.unwrap_or_else(|error| panic!("the packet was never opened: {error}"));
    let mut opening = Vec::new();
    while camera.shows(Role::Button, MOMENT) && opening.len() < 2 * OPENING {
        opening.push(frame(&mut camera));
    }
    let (frames, worst) = (opening.len(), opening.iter().max().copied().unwrap_or_default());
    assert!(frames.abs_diff(OPENING) <= 5, "the opening has some {OPENING} frames, and {frames} were seen");
    table.ratio("a frame of the opening / of the still envelope", [median(opening), still], 4.0);
    table.told("the opening's frames, and the longest of them", format!("{frames}, {worst:.1?}"));
}
