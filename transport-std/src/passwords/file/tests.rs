use super::*;

/// Made by `htpasswd -B -C 4`, of `open sesame`.
const ANN: &str = "$2y$04$GU42Nfx7y2Mt4QfTVeSmpOo43QDc8BSgT2qxpxgNrtx68rWHFkfW6";

fn read(text: impl Into<Vec<u8>>) -> Result<Users, (usize, Mistake)> {
    Users::read(text.into())
}

#[test]
fn lines_that_are_read() {
    let cases = [
        ("a line", format!("ann:{ANN}\n"), vec!["ann"]),
        ("no line end", format!("ann:{ANN}"), vec!["ann"]),
        ("line ends of Windows", format!("ann:{ANN}\r\nbob:{ANN}\r\n"), vec!["ann", "bob"]),
        ("comments", format!("# ann:x\n#\nbob:{ANN}\n#"), vec!["bob"]),
        ("empty lines", format!("\n\n \t\nann:{ANN}\n\r\n\n"), vec!["ann"]),
        ("a space in the name", format!("ann lee:{ANN}\n"), vec!["ann lee"]),
        ("a name outside ASCII", format!("\u{e9}va:{ANN}\n"), vec!["\u{e9}va"]),
        ("a number sign within a name", format!("a#b:{ANN}\n"), vec!["a#b"]),
        (
            "2a and 2b",
            format!("a:{}\nb:{}\n", ANN.replace("2y", "2a"), ANN.replace("2y", "2b")),
            vec!["a", "b"],
        ),
        ("nothing", String::new(), vec![]),
    ];
    for (name, text, users) in cases {
        let found = read(text).unwrap();
        assert_eq!(found.users.len(), users.len(), "{name}");
        assert!(users.iter().all(|user| found.get(user).is_some()), "{name}");
        assert_eq!(found.is_empty(), users.is_empty(), "{name}");
    }
}

#[test]
fn lines_that_are_refused() {
    use Mistake::{Bcrypt, Cost, Crypt, Duplicate, Faulty, Md5, NoColon, NoUser, Plain, Sha1, User};
    let cost = |cost: &str| format!("a:{}", ANN.replace("$04$", cost));
    let cases: Vec<(&str, Vec<u8>, Mistake)> = vec![
        ("no colon", "ann".into(), NoColon),
        ("no user", format!(":{ANN}").into(), NoUser),
        ("a control character", format!("a\tb:{ANN}").into(), User),
        ("a byte order mark", format!("\u{feff}ann:{ANN}").into(), User),
        ("a user that is not UTF-8", [b"\xff:", ANN.as_bytes()].concat(), User),
        // As `htpasswd` makes them by -m, -s, -d, -p, -2 and -5.
        ("MD5", "a:$apr1$lIJIaUYT$tYPoUESKhJjEjb8z0357S0".into(), Md5),
        ("SHA-1", "a:{SHA}6dcfXufJLW3J6S/9rRe4vUlBj5g=".into(), Sha1),
        ("crypt", "a:fv26PZfsxg6Vk".into(), Crypt),
        ("plain", "a:b".into(), Plain),
        ("SHA-256", "a:$5$xUaGUH/6NsxkUtfC$gT2iqt7jgdUwCBKTXrMBQwhhanDcBxJw/6qip.ywoq3".into(), Crypt),
        ("SHA-512", "a:$6$r4muTWohF1pVA07B$YMUVEZ".into(), Crypt),
        ("MD5 of crypt", "a:$1$abcdefgh$G//4keteveJp0qb8z2DxG/".into(), Md5),
        ("salted SHA-1", "a:{SSHA}6dcfXufJLW3J6S/9rRe4vUlBj5g=".into(), Sha1),
        ("argon2", "a:$argon2id$v=19$m=16,t=2,p=1$YWJj$YWJj".into(), Crypt),
        ("an empty hash", "a:".into(), Plain),
        ("2x", format!("a:{}", ANN.replace("2y", "2x")).into(), Faulty),
        ("2", format!("a:{}", ANN.replace("2y", "2")).into(), Bcrypt),
        ("a letter less", format!("a:{}", &ANN[..59]).into(), Bcrypt),
        ("a letter more", format!("a:{ANN}.").into(), Bcrypt),
        ("a space behind", format!("a:{ANN} ").into(), Bcrypt),
        ("a third part", format!("a:{ANN}:Ann Lee").into(), Bcrypt),
        ("a letter of another alphabet", format!("a:{}", ANN.replace("Oo", "+o")).into(), Bcrypt),
        ("a letter that is not ASCII", format!("a:{}\u{e9}", &ANN[..58]).into(), Bcrypt),
        ("a byte that is not UTF-8", [b"a:", &ANN.as_bytes()[..59], b"\xff"].concat(), Bcrypt),
        ("no digits of cost", cost("$+4$").into(), Bcrypt),
        ("a cost of one digit", cost("$4$").into(), Bcrypt),
        ("a low cost", cost("$03$").into(), Cost),
        ("a high cost", cost("$18$").into(), Cost),
        ("the highest that bcrypt has", cost("$31$").into(), Cost),
        ("none that bcrypt has", cost("$99$").into(), Cost),
        ("a user twice", format!("a:{ANN}\r\n\na:{ANN}").into(), Duplicate { first: 3 }),
    ];
    for (name, line, mistake) in cases {
        let text = [b"# a comment\n\n", &line[..]].concat();
        let number = if matches!(mistake, Duplicate { .. }) { 5 } else { 3 };
        assert_eq!(read(text).map(|_| ()), Err((number, mistake)), "{name}");
        let shown = mistake.to_string();
        assert!(
            !shown.contains('\n') && (shown.contains("htpasswd -B") || shown.contains("remove")),
            "{shown}"
        );
    }
}

#[test]
fn nobody_costs_what_the_dearest_costs() {
    for (text, cost) in [
        (format!("a:{ANN}"), 4),
        (format!("a:{ANN}\nb:{}\nc:{ANN}", ANN.replace("$04$", "$11$")), 11),
        (String::new(), 4),
    ] {
        let nobody = read(text).unwrap().nobody;
        assert_eq!(nobody.parse::<HashParts>().unwrap().get_cost(), cost, "{nobody}");
    }
}
