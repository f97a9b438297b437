//! The page that shows all pictures of the window, `docs/screens.md`: which of them belong together, and what they are called.

use std::fmt::Write as _;

use crate::app::settings::ThemeChoice;
use crate::app::text::Language;

/// How a scene is pictured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// In Chinese, by day, wide.
    Wide,
    /// In English, by night, narrow.
    Narrow,
    /// In English, by day, between the two: each layout once.
    Middle,
}

impl Look {
    pub(super) const fn size(self) -> [f32; 2] {
        match self {
            Self::Wide => [1120.0, 760.0],
            Self::Narrow => [420.0, 760.0],
            Self::Middle => [800.0, 700.0],
        }
    }

    pub(super) const fn language(self) -> Language {
        match self {
            Self::Wide => Language::Chinese,
            Self::Narrow | Self::Middle => Language::English,
        }
    }

    pub(super) const fn theme(self) -> ThemeChoice {
        match self {
            Self::Narrow => ThemeChoice::Dark,
            Self::Wide | Self::Middle => ThemeChoice::Light,
        }
    }

    /// The name of a scene's picture.
    pub(super) fn file(self, scene: &str) -> String {
        let scene = scene.replace(", ", "-").replace(' ', "-");
        let theme = if self.theme() == ThemeChoice::Dark { "dark" } else { "light" };
        format!("{scene}-{}-{theme}-{}.jpg", self.language(), self.size()[0])
    }
}

/// Most pictures.
pub(super) const MOST: usize = 100;

/// So many narrow pictures stand side by side in one file.
const STRIP: usize = 4;

/// Scenes that are pictured at middle width too: one of each layout.
const MIDDLE: [&str; 8] =
    ["packets", "envelope", "opening", "voucher", "forward, friend", "rewards", "settings", "welcome"];

/// Titles of what belongs together, and the scenes, each with its title in English and in Chinese.
type Group = (&'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);

const GROUPS: [Group; 10] = [
    (
        "The packet",
        "红包",
        &[
            ("envelope", "A sealed packet", "封好的红包"),
            ("packets", "The shelf, and everything before", "红包架与全部红包"),
            ("envelope, cover", "With the issuer's pictures", "发行方的封面与徽标"),
            ("envelope, menu", "What else one can do", "更多"),
            ("packets, none", "An empty shelf", "还没有红包"),
            ("packets, offline", "Without a network", "离线"),
            ("files over the window", "Dropping a file", "拖入文件"),
        ],
    ),
    (
        "Opening",
        "打开",
        &[
            ("opening, begun", "The flap turns", "揭开封口"),
            ("opening", "It's open, and it's real money", "打开啦，里面是真金白银"),
            ("opening, goods", "Goods inside", "里面是好物"),
            ("opening, collected", "Once more, after it was collected", "收过之后再看一次"),
        ],
    ),
    (
        "Vouchers",
        "凭证",
        &[
            ("voucher", "A bank's voucher", "银行兑付凭证"),
            ("voucher, paid", "The money has arrived", "钱到账了"),
            ("voucher, collecting", "On its way", "正在到账"),
            ("goods", "A voucher for goods", "提货凭证"),
            ("voucher, no account", "The first account", "第一个账户"),
            ("voucher, linking", "Linking it", "绑定账户"),
            ("voucher, wrong number", "A number that is too short", "卡号少了几位"),
            ("voucher, trouble", "When a bank cannot be reached", "银行连不上"),
        ],
    ),
    (
        "Where the money is",
        "钱在哪里",
        &[
            ("where, frozen", "Frozen for you, with a bank's signature", "银行签了字，冻结着等你收"),
            ("where, uncertain", "A bank has not answered yet", "银行还没回话"),
            ("where, paid", "In the account", "在你的账户里"),
            ("where, goods", "Goods, not money", "是东西，不是钱"),
            ("money", "All of it on one page", "所有的钱，一页看全"),
            ("money, none", "Before the first voucher", "还没有要找的钱"),
        ],
    ),
    (
        "Forwarding",
        "转发",
        &[
            ("forward, friend", "Straight to a friend", "直接转给好友"),
            ("forward, link", "As a link", "用链接"),
            ("forward, file", "As a file", "存成文件"),
            ("forward, picture", "As a picture", "存成图片"),
            ("forward, done", "Passed on", "转好了"),
        ],
    ),
    (
        "Rewards",
        "奖励",
        &[
            ("rewards", "What forwarding brought", "转发带来的奖励"),
            ("rewards, none", "Before the first one", "还没有奖励"),
        ],
    ),
    (
        "Friends and activity",
        "好友与动态",
        &[
            ("friends", "Friends", "好友"),
            ("friends, none", "Before the first friend", "还没有好友"),
            ("friends, adding", "A friend's card", "收下好友的名片"),
            ("activity", "What happened, and when", "发生过什么"),
            ("activity, export", "As a table, to keep", "存成表格"),
            ("activity, none", "Before anything happened", "还没有动态"),
        ],
    ),
    (
        "Settings and the first run",
        "设置与初次见面",
        &[
            ("welcome", "Hello", "你好"),
            ("settings", "Settings", "设置"),
            ("settings, new", "Settings of a new wallet", "新钱包的设置"),
            ("passphrase, new", "A new passphrase", "设一个口令"),
            ("passphrase", "The passphrase", "输入口令"),
            ("toasts", "A word that passes", "轻轻一提"),
            ("syncing", "Catching up", "同步中"),
            ("focus", "By keys alone", "只用键盘"),
        ],
    ),
    (
        "Keeping it safe",
        "收好钱包",
        &[
            ("backup", "Everything in one sealed file", "一切装进一个上锁的文件"),
            ("backup, saved", "Where it is now", "存在哪里"),
            ("phrase", "The recovery phrase, hidden at first", "恢复短语，先藏着"),
            ("phrase, asked again", "Is it all on paper?", "都抄下来了吗"),
            ("restore", "Back from a backup", "用备份找回"),
            ("restore, phrase", "Back from the phrase", "用恢复短语找回"),
        ],
    ),
    (
        "Warnings",
        "提醒",
        &[
            ("envelope, tampered", "Somebody changed it", "有人改过"),
            ("envelope, unchecked", "Nobody vouches for the issuer", "没人担保发行方"),
            ("envelope, expired", "Past its time", "过期了"),
            ("envelope, for another", "For somebody else", "给别人的"),
            ("refused", "Refused", "被拒收的文件"),
            ("unreadable", "No packet at all", "读不懂的文件"),
            ("no wallet", "A wallet that cannot be opened", "钱包打不开"),
        ],
    ),
];

/// A file of pictures: one scene, or several side by side.
pub(super) struct Sheet<'a> {
    pub(super) file: String,
    /// The scenes, each with its title.
    pub(super) scenes: Vec<(&'a str, String)>,
}

/// The files of a look.
pub(super) fn sheets<'a>(look: Look, scenes: &[&'a str]) -> Vec<Sheet<'a>> {
    let alone = |(name, title): (&'a str, String)| Sheet { file: look.file(name), scenes: vec![(name, title)] };
    let all = || groups(scenes).into_iter().flat_map(|(_, scenes)| scenes);
    match look {
        Look::Wide => all().map(alone).collect(),
        Look::Middle => all().filter(|(name, _)| MIDDLE.contains(name)).map(alone).collect(),
        Look::Narrow => groups(scenes).iter().flat_map(|(title, group)| strips(title, group)).collect(),
    }
}

/// The narrow pictures of a group, side by side.
fn strips<'a>(title: &str, group: &[(&'a str, String)]) -> Vec<Sheet<'a>> {
    let english = title.split(" · ").next().unwrap_or_default();
    let strip = |(at, scenes): (usize, &[(&'a str, String)])| Sheet {
        file: Look::Narrow.file(&format!("{} {}", english.to_lowercase(), at + 1)),
        scenes: scenes.to_vec(),
    };
    group.chunks(STRIP).enumerate().map(strip).collect()
}

/// Every scene that is there, in the order of the page; those without a title come last, by their own name.
fn groups<'a>(scenes: &[&'a str]) -> Vec<(String, Vec<(&'a str, String)>)> {
    let place = |name: &str| scenes.iter().copied().find(|scene| *scene == name);
    let titled = GROUPS.iter().map(|(english, chinese, group)| {
        let scenes =
            group.iter().filter_map(|(name, english, chinese)| Some((place(name)?, format!("{english} · {chinese}"))));
        (format!("{english} · {chinese}"), scenes.collect::<Vec<_>>())
    });
    let mut groups: Vec<_> = titled.collect();
    let is_titled = |name: &str| GROUPS.iter().any(|(_, _, group)| group.iter().any(|(titled, _, _)| *titled == name));
    let others = scenes.iter().filter(|name| !is_titled(name));
    groups.push(("More · 其他".to_owned(), others.map(|name| (*name, capital(name))).collect()));
    groups.retain(|(_, scenes)| !scenes.is_empty());
    groups
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The names of all files that there are to be.
pub(super) fn files(scenes: &[&str]) -> Vec<String> {
    let looks = [Look::Wide, Look::Narrow, Look::Middle];
    looks.iter().flat_map(|look| sheets(*look, scenes).into_iter().map(|sheet| sheet.file)).collect()
}

/// The page.
pub(super) fn write(scenes: &[&str]) -> String {
    let groups = groups(scenes);
    let mut page = String::from(
        "<!-- Written by the tests: BLESS=1 cargo test --lib app::tests::snapshots -->\n\n# Screens · 画面\n\nEverything \
         the window shows, as the tests draw it: in Chinese by day and wide, in English by night and narrow, and each \
         layout once in between. A change that a person would see fails a test.\n\n",
    );
    for (title, _) in &groups {
        let _ = writeln!(page, "- [{title}](#{})", anchor(title));
    }
    page.push_str("- [Narrow and dark · 窄屏与夜间](#narrow-and-dark--窄屏与夜间)\n");
    page.push_str("- [In between · 中等宽度](#in-between--中等宽度)\n");
    for (title, scenes) in &groups {
        let _ = write!(page, "\n## {title}\n\n");
        table(&mut page, scenes, Look::Wide, 2);
    }
    page.push_str("\n## Narrow and dark · 窄屏与夜间\n\n");
    for sheet in sheets(Look::Narrow, scenes) {
        let titles: Vec<_> = sheet.scenes.iter().map(|(_, title)| title.as_str()).collect();
        let titles = titles.join(" | ");
        let _ = writeln!(page, "{titles}\n\n![{titles}](../tests/snapshots/{})\n", sheet.file);
    }
    page.push_str("## In between · 中等宽度\n\n");
    let middle: Vec<_> = sheets(Look::Middle, scenes).into_iter().flat_map(|sheet| sheet.scenes).collect();
    table(&mut page, &middle, Look::Middle, 2);
    page
}

/// The place that a heading can be jumped to.
fn anchor(title: &str) -> String {
    let kept = title.to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect::<String>();
    kept.replace(' ', "-")
}

/// Rows of pictures, each below its title.
fn table(page: &mut String, scenes: &[(&str, String)], look: Look, columns: usize) {
    for (at, row) in scenes.chunks(columns).enumerate() {
        // A row that is not full is filled up, so that all columns are as wide.
        let cells = |cell: &dyn Fn(&(&str, String)) -> String| {
            let filled = (0..columns).map(|at| row.get(at).map(cell).unwrap_or_default());
            format!("| {} |\n", filled.collect::<Vec<_>>().join(" | "))
        };
        if at == 0 {
            page.push_str(&cells(&|(_, title)| title.clone()));
            let _ = writeln!(page, "|{}", ":---:|".repeat(columns));
        } else {
            page.push_str(&cells(&|(_, title)| format!("**{title}**")));
        }
        page.push_str(&cells(&|(name, title)| format!("![{title}](../tests/snapshots/{})", look.file(name))));
    }
}
