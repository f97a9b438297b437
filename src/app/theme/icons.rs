//! The icons' code points, the same in Phosphor Regular and Phosphor Fill; which style is drawn depends on the font.
//!
//! Made by `assets/fonts/build.py` from `assets/fonts/icons.txt`: change them there. Knows nothing of any screen.

/// The identity, a contact card. Phosphor `identification-card`.
pub const ACCOUNT: char = '\u{e2c8}';
/// The page of what happened. Phosphor `clock-counter-clockwise`.
pub const ACTIVITY: char = '\u{e1a0}';
/// Add something. Phosphor `plus`.
pub const ADD: char = '\u{e3d4}';
/// Add a friend. Phosphor `user-plus`.
pub const ADD_FRIEND: char = '\u{e4d0}';
/// Put away. Phosphor `archive`.
pub const ARCHIVE: char = '\u{e00c}';
/// Back to the page before. Phosphor `arrow-left`.
pub const BACK: char = '\u{e058}';
/// A bank. Phosphor `bank`.
pub const BANK: char = '\u{e0b4}';
/// A notice. Phosphor `bell`.
pub const BELL: char = '\u{e0ce}';
/// A date, valid until. Phosphor `calendar-blank`.
pub const CALENDAR: char = '\u{e10a}';
/// Opens downwards. Phosphor `caret-down`.
pub const CARET_DOWN: char = '\u{e136}';
/// To the one before. Phosphor `caret-left`.
pub const CARET_LEFT: char = '\u{e138}';
/// Goes there. Phosphor `caret-right`.
pub const CARET_RIGHT: char = '\u{e13a}';
/// Opens upwards. Phosphor `caret-up`.
pub const CARET_UP: char = '\u{e13c}';
/// Done, chosen. Phosphor `check`.
pub const CHECK: char = '\u{e182}';
/// Valid, collected. Phosphor `check-circle`.
pub const CHECK_CIRCLE: char = '\u{e184}';
/// Not chosen. Phosphor `circle`.
pub const CIRCLE: char = '\u{e18a}';
/// Paste. Phosphor `clipboard-text`.
pub const CLIPBOARD: char = '\u{e198}';
/// A time, waiting. Phosphor `clock`.
pub const CLOCK: char = '\u{e19a}';
/// Close. Phosphor `x`.
pub const CLOSE: char = '\u{e4f6}';
/// In sync. Phosphor `cloud-check`.
pub const CLOUD_CHECK: char = '\u{e1b0}';
/// Offline. Phosphor `cloud-slash`.
pub const CLOUD_OFF: char = '\u{e1b6}';
/// Rewards. Phosphor `coins`.
pub const COINS: char = '\u{e78e}';
/// Copy. Phosphor `copy`.
pub const COPY: char = '\u{e1ca}';
/// Drop a file here. Phosphor `tray-arrow-down`.
pub const DROP: char = '\u{e010}';
/// A company. Phosphor `buildings`.
pub const ENTERPRISE: char = '\u{e102}';
/// A packet, the page of packets. Phosphor `envelope-simple`.
pub const ENVELOPE: char = '\u{e218}';
/// An opened packet. Phosphor `envelope-simple-open`.
pub const ENVELOPE_OPEN: char = '\u{e21a}';
/// Expired. Phosphor `hourglass-simple-low`.
pub const EXPIRED: char = '\u{e2be}';
/// Expires soon. Phosphor `clock-countdown`.
pub const EXPIRING: char = '\u{ed2c}';
/// Look, shown. Phosphor `eye`.
pub const EYE: char = '\u{e220}';
/// Look without telling, hidden. Phosphor `eye-slash`.
pub const EYE_OFF: char = '\u{e224}';
/// Filter. Phosphor `funnel-simple`.
pub const FILTER: char = '\u{e268}';
/// Open a file. Phosphor `folder-open`.
pub const FOLDER: char = '\u{e256}';
/// Forward. Phosphor `arrow-bend-up-right`.
pub const FORWARD: char = '\u{e026}';
/// One person. Phosphor `user`.
pub const FRIEND: char = '\u{e4c2}';
/// The page of friends. Phosphor `users`.
pub const FRIENDS: char = '\u{e4d6}';
/// A gift, goods. Phosphor `gift`.
pub const GIFT: char = '\u{e276}';
/// Help. Phosphor `question`.
pub const HELP: char = '\u{e3e8}';
/// To know. Phosphor `info`.
pub const INFO: char = '\u{e2ce}';
/// Nobody vouches for the issuer. Phosphor `seal-question`.
pub const ISSUER_UNKNOWN: char = '\u{e608}';
/// A key, a backup. Phosphor `key`.
pub const KEY: char = '\u{e2d6}';
/// The language. Phosphor `translate`.
pub const LANGUAGE: char = '\u{e4a2}';
/// A link. Phosphor `link-simple`.
pub const LINK: char = '\u{e2e6}';
/// Frozen for this voucher; sealed. Phosphor `lock-simple`.
pub const LOCK: char = '\u{e308}';
/// Less. Phosphor `minus`.
pub const MINUS: char = '\u{e32a}';
/// The dark theme. Phosphor `moon`.
pub const MOON: char = '\u{e330}';
/// More that can be done. Phosphor `dots-three`.
pub const MORE: char = '\u{e1fe}';
/// Motion. Phosphor `sparkle`.
pub const MOTION: char = '\u{e6a2}';
/// Opens outside of the window. Phosphor `arrow-square-out`.
pub const OUT: char = '\u{e5de}';
/// Goods on their way. Phosphor `package`.
pub const PACKAGE: char = '\u{e390}';
/// Withdrawn, on hold. Phosphor `pause-circle`.
pub const PAUSED: char = '\u{e3a0}';
/// Change a text. Phosphor `pencil-simple`.
pub const PENCIL: char = '\u{e3b4}';
/// A code to be scanned. Phosphor `qr-code`.
pub const QR_CODE: char = '\u{e3e6}';
/// Try again. Phosphor `arrow-counter-clockwise`.
pub const REFRESH: char = '\u{e038}';
/// Save as a file. Phosphor `floppy-disk`.
pub const SAVE: char = '\u{e248}';
/// Search. Phosphor `magnifying-glass`.
pub const SEARCH: char = '\u{e30c}';
/// Send to a friend. Phosphor `paper-plane-tilt`.
pub const SEND: char = '\u{e398}';
/// The page of settings. Phosphor `gear-six`.
pub const SETTINGS: char = '\u{e272}';
/// Only what people agreed to show. Phosphor `shield-check`.
pub const SHIELD_CHECK: char = '\u{e40c}';
/// Changed by somebody: do not trust. Phosphor `shield-warning`.
pub const SHIELD_WARNING: char = '\u{e412}';
/// Sort. Phosphor `sort-ascending`.
pub const SORT: char = '\u{e444}';
/// A shop. Phosphor `storefront`.
pub const STOREFRONT: char = '\u{e470}';
/// The light theme. Phosphor `sun`.
pub const SUN: char = '\u{e472}';
/// Change between the two people of the demo. Phosphor `user-switch`.
pub const SWITCH: char = '\u{e756}';
/// Being synchronised. Phosphor `arrows-clockwise`.
pub const SYNC: char = '\u{e094}';
/// Click here. Phosphor `hand-tap`.
pub const TAP: char = '\u{ec90}';
/// The size of the text. Phosphor `text-aa`.
pub const TEXT_SIZE: char = '\u{e6ee}';
/// The theme of the system. Phosphor `circle-half`.
pub const THEME: char = '\u{e18c}';
/// A voucher. Phosphor `ticket`.
pub const TICKET: char = '\u{e490}';
/// Delete. Phosphor `trash`.
pub const TRASH: char = '\u{e4a6}';
/// A bank checked the issuer. Phosphor `seal-check`.
pub const VERIFIED: char = '\u{e606}';
/// An account, money that arrived. Phosphor `wallet`.
pub const WALLET: char = '\u{e68a}';
/// Look out. Phosphor `warning`.
pub const WARNING: char = '\u{e4e0}';
/// Something in a field is not right. Phosphor `warning-circle`.
pub const WARNING_CIRCLE: char = '\u{e4e2}';

/// Every icon, so that a test can hold the fonts against it.
pub const ALL: [char; 74] = [
    ACCOUNT,
    ACTIVITY,
    ADD,
    ADD_FRIEND,
    ARCHIVE,
    BACK,
    BANK,
    BELL,
    CALENDAR,
    CARET_DOWN,
    CARET_LEFT,
    CARET_RIGHT,
    CARET_UP,
    CHECK,
    CHECK_CIRCLE,
    CIRCLE,
    CLIPBOARD,
    CLOCK,
    CLOSE,
    CLOUD_CHECK,
    CLOUD_OFF,
    COINS,
    COPY,
    DROP,
    ENTERPRISE,
    ENVELOPE,
    ENVELOPE_OPEN,
    EXPIRED,
    EXPIRING,
    EYE,
    EYE_OFF,
    FILTER,
    FOLDER,
    FORWARD,
    FRIEND,
    FRIENDS,
    GIFT,
    HELP,
    INFO,
    ISSUER_UNKNOWN,
    KEY,
    LANGUAGE,
    LINK,
    LOCK,
    MINUS,
    MOON,
    MORE,
    MOTION,
    OUT,
    PACKAGE,
    PAUSED,
    PENCIL,
    QR_CODE,
    REFRESH,
    SAVE,
    SEARCH,
    SEND,
    SETTINGS,
    SHIELD_CHECK,
    SHIELD_WARNING,
    SORT,
    STOREFRONT,
    SUN,
    SWITCH,
    SYNC,
    TAP,
    TEXT_SIZE,
    THEME,
    TICKET,
    TRASH,
    VERIFIED,
    WALLET,
    WARNING,
    WARNING_CIRCLE,
];
