//! What coding an answer costs and saves, for every coder at the levels that come into question.
//!
//! ```sh
//! cargo bench -p bantam-tests --bench coders
//! ```
//! codes a page, a style sheet and JSON side by side, in turns. It prints the coded size, the shortest time of all rounds
//! in relation to miniz_oxide at level 6, and, where valgrind is installed, instructions for each byte of content; these
//! do not depend on what else the machine does. Coders are made once and used again, as the middleware does.

use core::fmt::Write as _;
use core::hint::black_box;
use core::time::Duration;
use std::process::Command;
use std::time::Instant;

use bantam_core::middleware::compress::{Coder, Coding, Flush};
use bantam_transport_std::coders;

/// Makes the coding for a level.
type Make = fn(u8) -> Coding;

/// Who codes: by name and level.
const CODERS: [(&str, Make, u8); 14] = [
    ("miniz_oxide", Coding::gzip, 1),
    ("miniz_oxide", Coding::gzip, 4),
    ("miniz_oxide", Coding::gzip, 6),
    ("miniz_oxide", Coding::gzip, 9),
    ("zlib-rs", coders::zlib, 1),
    ("zlib-rs", coders::zlib, 4),
    ("zlib-rs", coders::zlib, 6),
    ("zlib-rs", coders::zlib, 9),
    ("brotli", coders::brotli, 1),
    ("brotli", coders::brotli, 4),
    ("brotli", coders::brotli, 5),
    ("zstd", coders::zstd, 1),
    ("zstd", coders::zstd, 3),
    ("zstd", coders::zstd, 6),
];

/// To which times are related.
const BASE: usize = 2;

/// Rounds of the clock, and texts coded in the two runs under valgrind.
const ROUNDS: usize = 15;
const RUNS: [u64; 2] = [1, 3];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [] => table(),
        [place, text, count] => {
            let (_, make, level) = CODERS[place.parse::<usize>().expect("a place")];
            let mut coder = make(level).coder();
            let (_, text) = texts().swap_remove(text.parse().expect("a place"));
            for _ in 0..count.parse().expect("a number") {
                black_box(code(&mut *coder, black_box(&text)));
            }
        }
        _ => eprintln!("usage: coders [CODER TEXT COUNT]"),
    }
}

fn table() {
    let texts = texts();
    let mut coders = CODERS.map(|(_, make, level)| make(level).coder());
    let mut best = vec![[Duration::MAX; CODERS.len()]; texts.len()];
    for _ in 0..ROUNDS {
        for ((_, text), best) in texts.iter().zip(&mut best) {
            for (coder, best) in coders.iter_mut().zip(best) {
                let begin = Instant::now();
                black_box(code(&mut **coder, black_box(text)));
                *best = begin.elapsed().min(*best);
            }
        }
    }
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    print!("{:16}", "");
    for (name, text) in &texts {
        print!("{:>38}", format!("{name}, {} B", text.len()));
    }
    println!(
        "\n{:16}{}",
        "coder, level",
        format!("{:>12}{:>8}{:>8}{:>10}", "size", "MB/s", "time", "ins/B").repeat(texts.len())
    );
    for (place, (name, _, level)) in CODERS.iter().enumerate() {
        print!("{:16}", format!("{name} {level}"));
        for (number, (_, text)) in texts.iter().enumerate() {
            let size = code(&mut *coders[place], text);
            let (time, base) = (best[number][place], best[number][BASE]);
            let speed = text.len() as f64 / time.as_secs_f64() / 1e6;
            print!("{:>12}{speed:>8.0}", format!("{size} {:>2}%", size * 100 / text.len()));
            print!("{:>8.2}", time.as_secs_f64() / base.as_secs_f64());
            match has_valgrind {
                true => {
                    let [few, many] = RUNS.map(|count| instructions(place, number, count));
                    print!(
                        "{:>10.1}",
                        (many - few) as f64 / ((RUNS[1] - RUNS[0]) * text.len() as u64) as f64
                    );
                }
                false => print!("{:>10}", "-"),
            }
        }
        println!();
    }
}

/// Codes a text, and says how many bytes that gave.
fn code(coder: &mut dyn Coder, text: &[u8]) -> usize {
    let mut space = [0; 24_576];
    let (mut rest, mut length) = (text, 0);
    coder.reset();
    loop {
        let coded = coder.code(rest, &mut space, Flush::Finish).expect("it codes");
        length += coded.produced;
        rest = &rest[coded.consumed..];
        if coded.done {
            return length;
        }
    }
}

/// What callgrind counts in a run of this program.
fn instructions(coder: usize, text: usize, count: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().expect("the path of this program"))
        .args([coder.to_string(), text.to_string(), count.to_string()])
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let number = collected.and_then(|(_, number)| number.trim().parse().ok());
    number.unwrap_or_else(|| panic!("no count in {said}"))
}

/// What is coded: the words are those of a licence, the markup is what pages, style sheets and programs have.
fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let words: Vec<&str> = include_str!("../../LICENSE-APACHE").split_whitespace().collect();
    let mut dice = Dice(1);
    let mut html = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>A page</title>\n</head>\n<body>\n",
    );
    for section in 0..40 {
        let _ =
            writeln!(html, "<section id=\"s{section}\" class=\"part\">\n<h2>{}</h2>", dice.words(&words, 4));
        for _ in 0..4 {
            let _ = writeln!(
                html,
                "<p>{} <a href=\"/part/{}\">{}</a> {}</p>",
                dice.words(&words, 25),
                dice.below(1_000),
                dice.words(&words, 2),
                dice.words(&words, 12)
            );
        }
        html.push_str("</section>\n");
    }
    html.push_str("</body>\n</html>\n");
    let mut css = String::new();
    for rule in 0..300 {
        let (colour, size, space) = (dice.below(1 << 24), dice.below(40), dice.below(32));
        let _ = writeln!(
            css,
            ".part-{rule} > .{}:hover {{\n  color: #{colour:06x};\n  font-size: {size}px;\n  margin: {space}px auto;\n  display: flex;\n}}",
            ["title", "item", "link", "button"][dice.below(4)]
        );
    }
    let mut json = String::from("[");
    for id in 0..700 {
        let (score, active) = (dice.below(100_000), dice.below(2) == 0);
        let separator = if id == 0 { "" } else { "," };
        let _ = write!(
            json,
            "{separator}{{\"id\":{id},\"name\":{:?},\"score\":{score},\"active\":{active},\"tags\":[{:?},{:?}]}}",
            dice.words(&words, 3),
            dice.words(&words, 1),
            dice.words(&words, 1)
        );
    }
    json.push(']');
    vec![("HTML", html.into_bytes()), ("CSS", css.into_bytes()), ("JSON", json.into_bytes())]
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn words(&mut self, words: &[&str], count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| words[self.below(words.len())]).collect();
        words.join(" ")
    }
}
