use core::sync::atomic::{AtomicU32, Ordering};
use std::string::ToString;
use std::vec;

use super::*;

/// A folder of this test alone, with a source and a place for what is made.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("bantam-embed-{}-{number}", std::process::id()));
        fs::create_dir_all(path.join("from")).unwrap();
        fs::create_dir_all(path.join("to")).unwrap();
        Self(path)
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.join("from").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn embed(&self) -> Embed {
        folder(self.0.join("from"))
    }

    fn written(&self, embed: &Embed) -> String {
        embed.write_to(&self.0.join("to"), "assets.rs").unwrap();
        fs::read_to_string(self.0.join("to/assets.rs")).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The names of assets, in the order in which they are written.
fn names(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.split_once("Asset::hashed(\"")?.1.split('"').next()).collect()
}

#[test]
fn names_are_sorted_byte_by_byte() {
    let place = Place::new()
        .with("b", "1")
        .with("a/z", "2")
        .with("a.b/c", "3")
        .with("Z", "5")
        .with(".hidden", "6")
        .with(".git/config", "7")
        .with("a-b", "8");
    assert_eq!(names(&place.written(&place.embed())), ["Z", "a-b", "a.b/c", "a/z", "b"]);
    let empty = Place::new();
    assert_eq!(empty.written(&empty.embed()), "::bantam_core::handlers::assets::Folder::new(&[\n])\n");
}

#[test]
fn what_is_written_depends_on_names_and_content_alone() {
    let long = "body { color: black; }\n".repeat(100);
    let make = || Place::new().with("css/a.css", &long).with("b \"q\".txt", "short");
    let (one, other) = (make(), make());
    let text = one.written(&one.embed());
    assert_eq!(text, other.written(&other.embed()));
    assert!(!text.contains(one.0.to_str().unwrap()), "no path of the machine");
    let files = |place: &Place| {
        let mut files: Vec<_> = fs::read_dir(place.0.join("to"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    };
    assert_eq!(files(&one), files(&other));
    assert!(
        text.contains("hashed(\"b \\\"q\\\".txt\", \"text/plain; charset=utf-8\", include_bytes!("),
        "{text}"
    );
    assert!(!text.contains("modified") && !text.contains("cache_control"));
    let changed = other.with("css/a.css", long + " ");
    assert_ne!(text, changed.written(&changed.embed()));
}

#[test]
fn variants() {
    let long = "body { color: black; }\n".repeat(100);
    let mut state = 1_u32;
    let noise: Vec<u8> = core::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(2_000)
    .collect();
    let place = Place::new()
        .with("compressible.css", &long)
        .with("noise.png", &noise)
        .with("short.txt", "a")
        .with("empty", "")
        .with("by-hand.js", &long)
        .with("by-hand.js.br", "brotli")
        .with("by-hand.js.gz", "gzip")
        .with("orphan.js.gz", "alone");
    let text = place.written(&place.embed());
    assert_eq!(
        names(&text),
        ["by-hand.js", "compressible.css", "empty", "noise.png", "orphan.js.gz", "short.txt"]
    );
    let assets: Vec<&str> = text.split("Asset::hashed(").skip(1).collect();
    let codings = |asset: &str| {
        let codings = asset.split("Variant::hashed(\"").skip(1).map(|text| text.split('"').next().unwrap());
        codings.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(codings(assets[0]), ["br", "gzip"]);
    assert_eq!(codings(assets[1]), ["gzip"]);
    assert!(assets[2..].iter().all(|asset| codings(asset).is_empty()), "{text}");
    let by_hand = format!("{:#018x}", hash(b"gzip"));
    assert!(assets[0].contains(&by_hand), "what lies there is taken, and none is made");
}

#[test]
fn a_tenth_is_a_tenth() {
    let cases = [
        (100, 90, true),
        (100, 91, false),
        (101, 90, true),
        (101, 91, false),
        (0, 0, true),
        (0, 18, false),
        (9, 8, true),
        (9, 9, false),
    ];
    for (plain, coded, saves) in cases {
        assert_eq!(saves_a_tenth(&vec![0; plain], &vec![0; coded]), saves, "{coded} of {plain}");
    }
}

#[test]
fn options() {
    let place = Place::new().with("assets/a.css", "a").with("a.css", "b").with("index.html", "c");
    let embed = place
        .embed()
        .modified(1_795_392_000)
        .cache_control("assets/", "immutable")
        .cache_control(".css", "max-age=\"60\"");
    let text = place.written(&embed);
    assert_eq!(text.matches(".with_modified(1795392000)").count(), 3);
    assert_eq!(text.matches(".with_cache_control(\"immutable\")").count(), 1);
    assert_eq!(text.matches(".with_cache_control(\"max-age=\\\"60\\\"\")").count(), 1);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_embedded() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let place = Place::new().with("d/a", "a");
    symlink("..", place.0.join("from/d/up")).unwrap();
    symlink("a", place.0.join("from/d/b")).unwrap();
    assert_eq!(
        names(&place.written(&place.embed())),
        ["d/a", "d/b"],
        "links to files are, to folders are not"
    );
    symlink("nothing", place.0.join("from/broken")).unwrap();
    assert_eq!(place.embed().write_to(&place.0, "x").unwrap_err().kind(), io::ErrorKind::NotFound);
    fs::remove_file(place.0.join("from/broken")).unwrap();
    fs::write(place.0.join("from").join(std::ffi::OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    assert_eq!(place.embed().write_to(&place.0, "x").unwrap_err().kind(), io::ErrorKind::InvalidData);
    let absent = folder(place.0.join("absent"));
    assert_eq!(absent.write_to(&place.0, "x").unwrap_err().kind(), io::ErrorKind::NotFound);
}
