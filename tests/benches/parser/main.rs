//! Instructions that reading a request head costs, here and in httparse, counted by valgrind.
//!
//! ```sh
//! cargo bench -p bantam-tests --bench parser
//! ```
//! runs itself under callgrind, twice for each kind of head, with different numbers of heads; the difference divided by
//! their difference is what one head costs, start-up left out. Such counts do not depend on what else the machine
//! does, only on compiler and processor: httparse picks vector code by what the processor has. It fails when a head
//! costs more here than in httparse.

mod heads;

use core::hint::black_box;
use core::mem::MaybeUninit;
use std::process::{Command, ExitCode};

use bantam_core::framing::body_length;
use bantam_core::limits::Limits;
use bantam_core::parse::field_line::{FieldLine, Known};
use bantam_core::parse::head::{HeadParser, Progress};
use bantam_core::parse::host;

/// Heads parsed in the two runs of a measurement.
const RUNS: [u64; 2] = [1_000, 3_000];

/// Reads a head, with lines to write to.
type Parse = fn(&[u8], &mut [FieldLine]);

/// Who reads heads, and how.
const PARSERS: [(&str, Parse); 4] = [
    ("httparse", with_httparse),
    ("bantam", with_bantam),
    ("bantam, Host and framing too", with_bantam_and_framing),
    ("bantam, byte by byte", with_bantam_byte_by_byte),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [] => table(),
        [parser, head, count] => {
            let parse = PARSERS.iter().find(|(name, _)| name == parser).expect("a parser of this name").1;
            let head =
                heads::all().into_iter().find(|(name, _)| name == head).expect("a head of this name").1;
            let mut lines = [FieldLine::EMPTY; 128];
            for _ in 0..count.parse().expect("a number") {
                parse(black_box(&head), black_box(&mut lines));
            }
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: parser [PARSER HEAD COUNT]");
            ExitCode::FAILURE
        }
    }
}

/// Prints what every parser needs for every head. Fails when the second of them, which is ours, needs more than the
/// first for any head.
fn table() -> ExitCode {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: instructions are counted by valgrind, which is not installed");
        return ExitCode::SUCCESS;
    }
    print!("{:32}", "instructions per head");
    for (name, head) in heads::all() {
        print!("{:>22}", format!("{name}, {} B", head.len()));
    }
    println!();
    let rows = PARSERS.map(|(parser, _)| {
        print!("{parser:32}");
        let row = heads::all().map(|(name, _)| {
            let [few, many] = RUNS.map(|count| instructions(parser, &name, count));
            let one = (many - few) / (RUNS[1] - RUNS[0]);
            print!("{one:>22}");
            one
        });
        println!();
        row
    });
    let [theirs, ours, ..] = rows;
    let heads = heads::all().into_iter().map(|(name, _)| name);
    let more: Vec<_> =
        heads.zip(ours.iter().zip(theirs)).filter(|(_, (ours, theirs))| *ours > theirs).collect();
    match more.as_slice() {
        [] => ExitCode::SUCCESS,
        more => {
            for (head, (ours, theirs)) in more {
                eprintln!("{head}: {ours} instructions, where {} needs {theirs}", PARSERS[0].0);
            }
            ExitCode::FAILURE
        }
    }
}

/// What callgrind counts in a run of this program.
fn instructions(parser: &str, head: &str, count: u64) -> u64 {
    let program = std::env::current_exe().expect("the path of this program");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([parser, head, &count.to_string()])
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    collected
        .and_then(|(_, number)| number.trim().parse().ok())
        .unwrap_or_else(|| panic!("no count in {said}"))
}

fn with_httparse(head: &[u8], _: &mut [FieldLine]) {
    let mut fields = [const { MaybeUninit::uninit() }; 128];
    let mut request = httparse::Request::new(&mut []);
    let status = request.parse_with_uninit_headers(head, &mut fields).expect("a good head");
    assert!(status.is_complete());
    black_box(&request);
}

fn with_bantam(head: &[u8], lines: &mut [FieldLine]) {
    let progress = HeadParser::at(0).parse(head, lines, &Limits::DEFAULT).expect("a good head");
    assert!(black_box(&progress) != &Progress::Incomplete);
}

fn with_bantam_and_framing(head: &[u8], lines: &mut [FieldLine]) {
    let progress = HeadParser::at(0).parse(head, lines, &Limits::DEFAULT).expect("a good head");
    let Progress::Complete(read) = progress else { panic!("a whole head") };
    let lines = &lines[..usize::from(read.field_lines)];
    let mut hosts = lines.iter().filter(|line| line.known() == Known::Host);
    assert!(hosts.next().is_some_and(|line| host::is_valid(line.value(head))) && hosts.next().is_none());
    black_box(body_length(read.line.version, lines, head).expect("a length"));
}

fn with_bantam_byte_by_byte(head: &[u8], lines: &mut [FieldLine]) {
    let mut parser = HeadParser::at(0);
    for filled in 1..=head.len() {
        black_box(parser.parse(&head[..filled], lines, &Limits::DEFAULT).expect("a good head"));
    }
}
