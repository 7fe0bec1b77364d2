use super::*;

#[test]
#[should_panic(expected = "a field name is a token")]
fn a_name_that_is_none_is_refused() {
    let _ = SecurityFields::new(&[("X Y", "z")]);
}
