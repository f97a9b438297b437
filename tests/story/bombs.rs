//! Files made to cost much, given to the real program: each is answered with a reason, within 150 MiB and two seconds of work.
//! The system itself holds the program to that (`ulimit`), so that nothing is missed between two looks at it.

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::maker::{Draft, Outer, client};
use crate::shapes::fits;
use crate::world::parsed;

/// Most memory that the program may ever have written to, in KiB.
const MEMORY: u32 = 150 * 1024;
/// Most seconds of work; without optimisation it works many times longer.
const SECONDS: u32 = if cfg!(debug_assertions) { 20 } else { 2 };

/// Runs the program within these limits.
fn limited(memory: u32, wallet: &Path, args: &[&str]) -> Output {
    let limits = format!("ulimit -d {memory} && ulimit -t {SECONDS} && exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limits, env!("CARGO_BIN_EXE_hongbao")]).args(args).arg("--json").arg("--wallet").arg(wallet);
    command.env_clear().output().unwrap()
}

/// What the program says of a file: its reasons, each of them a word.
fn reasons(dir: &Path, name: &str, bytes: &[u8]) -> Vec<String> {
    let (path, wallet) = (dir.join("file"), dir.join("wallet"));
    std::fs::write(&path, bytes).unwrap();
    let mut all = Vec::new();
    for args in [["inspect", path.to_str().unwrap()], ["import", path.to_str().unwrap()]] {
        let output = limited(MEMORY, &wallet, &args);
        let ended = format!("{name}: {}: {:?}", args[0], output.status);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.signal().is_none() && !said.contains("panicked"), "{ended}: {said}");
        let code = output.status.code().unwrap();
        assert!((0..=4).contains(&code), "{ended}: {said}");
        if output.stdout.is_empty() {
            all.push(fits("error", &output.stderr)["error"]["type"].as_str().unwrap().to_owned());
        } else if args[0] == "inspect" {
            let seen = fits("inspect", &output.stdout);
            all.extend(
                seen["checks"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter_map(|check| check["reason"].as_str().map(str::to_owned)),
            );
            all.push(seen["verdict"].as_str().unwrap().to_owned());
        } else {
            // It was taken in, so it is shown.
            let shown = limited(MEMORY, &wallet, &["show", parsed(&output.stdout)["id"].as_str().unwrap()]);
            assert!(shown.status.success(), "{name}: {shown:?}");
        }
    }
    all
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind.as_slice(), data].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&body);
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &body, &crc.sum().to_be_bytes()].concat()
}

/// So many bytes of nothing, packed as well as can be.
fn packed(bytes: usize) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![0; 1 << 20];
    for _ in 0..bytes >> 20 {
        packer.write_all(&block).unwrap();
    }
    packer.finish().unwrap()
}

/// A grey PNG of this size with further chunks before its pixels, and these pixels.
fn png((width, height): (u32, u32), further: &[Vec<u8>], pixels: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let ends = [chunk(b"IDAT", pixels), chunk(b"IEND", &[])].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), further.concat(), ends].concat()
}

/// A PNG of these grey pixels.
fn drawn(side: u32, grey: impl Fn(u32, u32) -> u8) -> Vec<u8> {
    let picture = image::GrayImage::from_fn(side, side, |x, y| image::Luma([grey(x, y)]));
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

/// A JPEG whose header claims this size, with this many scans that hold nothing.
fn jpeg(side: u16, scans: usize) -> Vec<u8> {
    let [high, low] = side.to_be_bytes();
    let frame = [&[0xff, 0xc2, 0, 11, 8, high, low, high, low, 1, 1, 0x11, 0][..]].concat();
    let tables = [&[0xff, 0xdb, 0, 67, 0][..], &[1; 64], &[0xff, 0xc4, 0, 20, 0, 1], &[0; 15], &[0]].concat();
    let scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0x10, 0];
    [&[0xff, 0xd8][..], &tables, &frame, &scan.repeat(scans), &[0xff, 0xd9]].concat()
}

/// A WebP whose canvas claims to be as large as can be.
fn webp() -> Vec<u8> {
    let canvas = [b"VP8X".as_slice(), &10_u32.to_le_bytes(), &[0x02, 0, 0, 0], &[0xff; 6]].concat();
    let bytes = u32::try_from(canvas.len() + 4).unwrap();
    [b"RIFF".as_slice(), &bytes.to_le_bytes(), b"WEBP", &canvas].concat()
}

/// A mark as in a code's corner, in every place where there is room for one.
fn mark(x: u32, y: u32) -> u8 {
    let (x, y) = (x % 9, y % 9);
    let from_middle = x.abs_diff(3).max(y.abs_diff(3));
    if x < 7 && y < 7 && (from_middle == 3 || from_middle <= 1) { 0 } else { 255 }
}

fn pictures() -> Vec<(&'static str, Vec<u8>)> {
    let (one, tiny) = ((1, 1), packed(1 << 20)[..].to_vec());
    let bomb = packed(400 << 20);
    let named = |head: &[u8]| [head, &bomb].concat();
    vec![
        ("a PNG of 65535 × 65535", png((65_535, 65_535), &[], &tiny)),
        ("a PNG of 2³¹ × 1", png((1 << 31, 1), &[], &tiny)),
        ("surplus pixels", png(one, &[], &bomb)),
        ("a packed colour profile", png(one, &[chunk(b"iCCP", &named(b"p\0\0"))], &tiny)),
        ("a packed text", png(one, &[chunk(b"zTXt", &named(b"hongbao\0\0"))], &tiny)),
        ("a packed packet", png(one, &[chunk(b"iTXt", &named(b"hongbao\0\x01\0\0\0"))], &tiny)),
        ("a packed comment", png(one, &[chunk(b"iTXt", &named(b"Comment\0\x01\0\0\0"))], &tiny)),
        ("a hundred thousand chunks", png(one, &vec![chunk(b"tEXt", b"k\0v"); 100_000], &tiny)),
        (
            "a chunk that claims 2 GiB",
            [&png(one, &[], &tiny)[..33], &[0x7f, 0xff, 0xff, 0xff], b"iTXt", b"hongbao"].concat(),
        ),
        ("a JPEG of 65500 × 65500", jpeg(65_500, 1)),
        ("a JPEG of two thousand scans", jpeg(2048, 2000)),
        ("a WebP of 16384 × 16384", webp()),
        ("nothing but marks of codes", drawn(2043, mark)),
        ("nothing but lines of codes", drawn(2043, |x, _| mark(x, 3))),
        ("noise", drawn(2048, |x, y| (x.wrapping_mul(y).wrapping_mul(2_654_435_761) >> 24) as u8)),
    ]
}

fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let mib = 1 << 20;
    vec![
        ("nested arrays", "[".repeat(mib).into_bytes()),
        ("nested objects", "{\"a\":".repeat(mib / 5).into_bytes()),
        ("one name many times", format!("{{{}\"a\":0}}", "\"a\":0,".repeat(mib / 6 - 2)).into_bytes()),
        ("a number of a million digits", "9".repeat(mib).into_bytes()),
        ("a number with a huge exponent", b"{\"format\":1e999999999}".to_vec()),
        ("a million escapes", format!("{{\"{}\":1}}", "\\u0061".repeat(mib / 6 - 4)).into_bytes()),
        ("64 MiB of nothing", vec![b' '; 64 * mib]),
        (
            "a sealed file that asks for much work",
            b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\n".to_vec(),
        ),
        (
            "a hundred thousand recipients",
            [b"age-encryption.org/v1\n".to_vec(), b"-> X25519 AAAA\nAAAA\n".repeat(40_000)].concat(),
        ),
        ("a card that is too large", format!("{{\"card\":\"{}\"}}", "A".repeat(mib - 20)).into_bytes()),
    ]
}

/// A genuine packet that carries this picture.
fn carrying(kind: &'static str, picture: &[u8]) -> Outer {
    let mut draft = Draft::gift();
    draft.packet["envelope"]["cover#integrity"] = hongbao::packet::media::integrity(picture).into();
    draft.seal().picture(kind, picture)
}

#[test]
fn what_is_made_to_cost_much_is_answered_within_its_limits() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    // The limit is one: with less, not even an honest file is answered.
    let path = dir.join("honest");
    std::fs::write(&path, Draft::gift().seal().text()).unwrap();
    let inspect = ["inspect", path.to_str().unwrap()];
    assert_eq!(limited(MEMORY, &dir.join("wallet"), &inspect).status.code(), Some(4));
    assert_ne!(limited(1024, &dir.join("wallet"), &inspect).status.code(), Some(4), "the system holds it to a limit");
    // Of a file without end no more is read than a file may have.
    let path = dir.join("endless");
    std::fs::File::create(&path).unwrap().set_len(1 << 34).unwrap();
    for command in ["inspect", "import"] {
        let output = limited(MEMORY, &dir.join("wallet"), &[command, path.to_str().unwrap()]);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(said.contains("\"unreadable\""), "{command}: {} {said}", output.status);
    }
    for (name, bytes) in texts().into_iter().chain(pictures()) {
        let reasons = reasons(dir, name, &bytes);
        assert!(!reasons.is_empty() && reasons.iter().all(|reason| reason != "genuine"), "{name}: {reasons:?}");
    }
    // As a packet's own picture: what breaks a limit is named, and the packet is not genuine.
    for (name, bytes) in pictures() {
        if bytes.len() > hongbao::packet::media::MAX_BYTES {
            continue;
        }
        let kind = match image::guess_format(&bytes) {
            Ok(image::ImageFormat::Jpeg) => "image/jpeg",
            Ok(image::ImageFormat::WebP) => "image/webp",
            _ => "image/png",
        };
        let file = carrying(kind, &bytes).forward(&client(0), None).text();
        assert!(!reasons(dir, name, file.as_bytes()).is_empty(), "{name}");
    }
}

#[test]
fn what_imitates_is_named_by_its_domain_and_earns_no_badge() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for title in
        ["Еxample Теа Соmраnу", "Example Tea Company ✓", "✅ Verified ☑️", "示例茶业 ✔ 银行已核验", "Ехаmрlе Ваnk"]
    {
        let mut draft = Draft::gift();
        draft.packet["envelope"]["title"] = title.into();
        draft.packet["iss"] = "https://xn--shp-0na.example".into();
        draft.voucher.as_mut().unwrap()["applicant"]["origin"] = "https://xn--shp-0na.example".into();
        draft.voucher.as_mut().unwrap()["applicant"]["name"] = title.into();
        let path = dir.join("file");
        std::fs::write(&path, draft.seal().text()).unwrap();
        let output = limited(MEMORY, &dir.join("wallet"), &["inspect", path.to_str().unwrap()]);
        let seen: Value = fits("inspect", &output.stdout);
        assert_eq!((output.status.code(), &seen["verdict"]), (Some(4), &Value::from("unchecked")), "{title}");
        assert_eq!(seen["issuer"], "https://xn--shp-0na.example", "{title}: the domain as it is, and not as it looks");
        assert_eq!((&seen["checked_by"], &seen["voucher"]), (&Value::Null, &Value::Null), "{title}: no badge");
    }
}
