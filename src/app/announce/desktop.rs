//! Telling the desktop, on a thread of its own: a desktop that does not answer keeps nobody waiting.

use std::sync::mpsc::{SyncSender, sync_channel};

use super::{Announcement, Announcer};

/// More than this waits for a desktop only when it does not answer; the rest is left out.
const MOST: usize = 8;

/// The desktop's own notices.
#[derive(Clone, Debug)]
pub struct Desktop {
    queue: Option<SyncSender<Announcement>>,
}

impl Desktop {
    /// Begins a thread that tells the desktop; without one nothing is told.
    #[must_use]
    pub fn start() -> Self {
        let (queue, announcements) = sync_channel::<Announcement>(MOST);
        let telling = move || {
            for announcement in announcements {
                tell(&announcement);
            }
        };
        let thread = std::thread::Builder::new().name("hongbao-notices".to_owned()).spawn(telling);
        Self { queue: thread.is_ok().then_some(queue) }
    }
}

impl Announcer for Desktop {
    fn announce(&self, announcement: Announcement) {
        if let Some(queue) = &self.queue {
            let _ = queue.try_send(announcement);
        }
    }
}

/// Where there is no desktop that shows notices, the window still does.
fn tell(announcement: &Announcement) {
    let mut notice = notify_rust::Notification::new();
    notice.appname("Hongbao").summary(&announcement.title).body(&escaped(&announcement.body)).icon("hongbao");
    #[cfg(all(unix, not(target_os = "macos")))]
    notice.hint(notify_rust::Hint::DesktopEntry("hongbao".to_owned()));
    if let Err(error) = notice.show() {
        tracing::debug!(%error, "the desktop shows no notice");
    }
}

/// A body may be taken for markup by the desktops that follow freedesktop.org; names are only words.
fn escaped(text: &str) -> String {
    if cfg!(all(unix, not(target_os = "macos"))) {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_name_is_no_markup() {
        let shown = escaped("<img src=\"http://x\"> & Co");
        if cfg!(target_os = "linux") {
            assert_eq!(shown, "&lt;img src=\"http://x\"&gt; &amp; Co");
        }
    }
}
