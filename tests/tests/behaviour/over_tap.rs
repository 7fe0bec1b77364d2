//! All of these suites once more, over the TCP/IP stack of our own behind TAP devices: this program starts itself again
//! in a network namespace, where [`Running`] has a device in place of the system's sockets.

use std::env;
use std::process::Command;

use bantam_core::limits::Limits;
use bantam_tests::app::demo;
use bantam_tests::behind::{self, VARIABLE};
use bantam_tests::namespace::in_namespace;
use bantam_tests::running::Running;
use bantam_tests::serves::HELLO;

/// Tests that say nothing of a server behind a TAP device, and why.
const EXCLUDED: [(&str, &str); 22] = [
    ("over_tap::every_suite_runs_over_ipv4", "it is this one"),
    ("over_tap::every_suite_runs_over_ipv6", "it is this one"),
    (
        "newcomers::those_beyond_the_cap_wait_and_are_served_later",
        "the kernel's backlog, where they wait, is not there: idle ones make room, or a newcomer gets 503",
    ),
    ("newcomers::a_port_has_one_server", "a port of the kernel's"),
    ("blocking::a_client_that_has_gone_is_not_waited_for_longer_than_its_handler", THREADS),
    ("blocking::a_drain_waits_for_handlers_that_wait_and_for_those_behind_them", THREADS),
    ("blocking::answers_keep_the_order_of_their_requests", THREADS),
    ("blocking::every_kind_of_request_and_answer_passes_through_a_thread", THREADS),
    ("blocking::idle_threads_end_but_for_the_least", THREADS),
    ("blocking::others_are_answered_while_as_many_handlers_wait_as_there_are_threads", THREADS),
    ("blocking::past_the_bound_the_answer_is_503_at_once_and_those_that_wait_get_their_turn", THREADS),
    ("blocking::the_end_waits_for_nothing_but_the_handler_itself", THREADS),
    ("caps::those_beyond_the_cap_are_refused_at_once_where_that_is_wanted", CAPS),
    ("caps::nobody_takes_more_places_than_an_address_may", CAPS),
    ("caps::other_addresses_have_their_own_places", CAPS),
    ("caps::silence_is_shorter_once_most_places_are_taken", CAPS),
    ("cut_short::answers_end_at_every_byte", COUNTS),
    ("cut_short::requests_end_at_every_byte", COUNTS),
    ("demo::content::a_delay_lets_the_whole_answer_wait_where_a_thread_may", THREADS),
    ("stalls::a_handler_that_keeps_its_worker_is_named_once_a_second", WORKERS),
    ("stalls::how_long_it_took_is_told", WORKERS),
    ("stalls::middleware_is_told_from_a_handler", WORKERS),
];

const THREADS: &str = "one loop serves all, without threads beside it for handlers that wait";
const CAPS: &str = "slots and spares are the caps there, and addresses are not counted";
const COUNTS: &str = "a connection that is reset before the loop sees it was never accepted there";
const WORKERS: &str = "there are no workers, nor is anybody told which handler is slow";

/// Fewer tests than this are not the suites.
const FEWEST: usize = 300;

#[test]
fn every_suite_runs_over_ipv4() {
    run_all("4");
}

#[test]
fn every_suite_runs_over_ipv6() {
    run_all("6");
}

#[test]
fn servers_are_where_the_environment_says() {
    let server = Running::start(demo(Limits::DEFAULT));
    let address = server.address();
    match behind::version() {
        Some(version) => assert_eq!((address.port(), address.is_ipv6()), (80, version == 6)),
        None => assert!(address.ip().is_loopback()),
    }
    assert_eq!(server.connect().ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").text(), HELLO);
}

fn run_all(version: &str) {
    let program = env::current_exe().expect("this program");
    let list = Command::new(&program).args(["--list", "--format", "terse"]).output().expect("a list");
    let list = String::from_utf8(list.stdout).expect("text");
    let names: Vec<_> = list.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    for (name, reason) in EXCLUDED {
        assert!(names.contains(&name), "{name} is excluded ({reason}), and not there");
    }
    let Some(output) = in_namespace(|| {
        let mut command = Command::new(&program);
        command.env(VARIABLE, version).arg("--exact");
        for (name, _) in EXCLUDED {
            command.args(["--skip", name]);
        }
        command.output().expect("the suites run")
    }) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let passed = names.len() - EXCLUDED.len();
    let result = format!("test result: ok. {passed} passed; 0 failed; 0 ignored;");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains(&result), "{said}\n{errors}");
    assert!(passed >= FEWEST, "{passed} tests");
    println!("{passed} tests over IPv{version}");
}
