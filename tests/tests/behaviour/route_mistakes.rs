//! Routes that contradict each other are found when the table is made: while compiling for a `static`, and here.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use bantam_core::prelude::*;
use bantam_core::route::Route;

fn nobody(_: &(), _: &Request<'_>, _: &mut Response<'_>) -> Outcome {
    Ok(())
}

fn is_table(one: Route<()>, other: Route<()>) -> bool {
    catch_unwind(AssertUnwindSafe(|| Router::<(), 2>::new([one, other]))).is_ok()
}

#[test]
fn no_route_hides_another() {
    let cases = [
        ("the same twice", get("/a", nobody), get("/a", nobody), false),
        ("parameters of two names", get("/a/:b", nobody), get("/a/:c", nobody), false),
        ("wildcards of two names", get("/*a", nobody), get("/*b", nobody), false),
        ("any, which has GET", any("/a", nobody), get("/a", nobody), false),
        ("other methods", get("/a", nobody), post("/a", nobody), true),
        ("a static segment beside a parameter", get("/a/b", nobody), get("/a/:c", nobody), true),
        ("a parameter beside a wildcard", get("/a/:b", nobody), get("/a/*c", nobody), true),
        ("a slash more", get("/a", nobody), get("/a/", nobody), true),
    ];
    for (name, one, other, is_good) in cases {
        assert_eq!(is_table(one, other), is_good, "{name}");
        assert_eq!(is_table(other, one), is_good, "{name}, the other way round");
    }
}
