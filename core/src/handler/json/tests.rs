use super::*;

#[derive(Debug, Deserialize, PartialEq)]
struct User<'t> {
    name: &'t str,
    age: u8,
    #[serde(default)]
    tags: Option<[u8; 2]>,
}

fn mistake(text: &str) -> (&'static str, usize) {
    let error = read::<User<'_>>(text.as_bytes(), &mut []).expect_err(text);
    (reason(error), place::<User<'_>>(text.as_bytes(), &mut []))
}

#[test]
fn mistakes_say_what_and_where() {
    let cases = [
        ("", "the JSON is cut short", 0),
        ("{", "the JSON is cut short", 1),
        ("{\"name\":\"x\",\"age\":1", "the JSON is cut short", 19),
        ("nonsense", "the JSON has a value of another type than is wanted", 0),
        ("[1]", "the JSON has a value of another type than is wanted", 0),
        ("{\"name\" \"x\"}", "the JSON lacks a colon", 8),
        ("{\"name\":\"x\" \"age\":1}", "the JSON lacks a comma or the end of an object", 12),
        ("{\"name\":\"x\",\"age\":256}", "the JSON has a number that cannot be read", 20),
        ("{\"name\":\"x\",\"age\":\"1\"}", "the JSON has a value of another type than is wanted", 18),
        ("{\"name\":5,\"age\":1}", "the JSON has a value of another type than is wanted", 8),
        ("{\"name\":\"x\",}", "the JSON has a comma too many", 12),
        ("{\"name\":\"x\",\"age\":1} x", "the JSON has more than is wanted", 21),
        ("{name:1}", "the JSON has a key that is no string", 1),
        ("{\"name\":\"x\"}", "the JSON has not the fields that are wanted, or values that cannot be", 11),
        ("{\"name\":\"x\",\"age\":1,\"tags\":[1,2,3]}", "the JSON has more than is wanted", 31),
    ];
    for (text, reason, at) in cases {
        assert_eq!(mistake(text), (reason, at), "{text}");
    }
}

#[test]
fn good_ones_are_read_in_place() {
    let text = b" { \"age\" : 7 , \"other\" : {\"a\":[1,\"}\"]} , \"name\" : \"n\" } ";
    assert_eq!(read::<User<'_>>(text, &mut []), Ok(User { name: "n", age: 7, tags: None }));
}

#[test]
fn any_bytes_end_without_a_panic() {
    let seeds: [&[u8]; 3] = [
        b"{\"name\":\"x\\u00e9\\n\",\"age\":12,\"tags\":[1,2]}",
        b"[[[[{\"a\":-1.5e10,\"b\":true}]]]]",
        b"{\"name\":\"\\ud83d\\ude00\",\"age\":null}",
    ];
    for seed in seeds {
        for at in 0..seed.len() {
            for byte in [0, b'"', b'\\', b'{', b'}', b',', b':', b'u', b'9', 0x80, 0xff] {
                let mut text = seed.to_vec();
                text[at] = byte;
                for end in [at.saturating_add(1), text.len()] {
                    for space in [0, 4, 64] {
                        let mut space = [0; 64].get(..space).unwrap().to_vec();
                        if read::<User<'_>>(&text[..end], &mut space).is_err() {
                            assert!(place::<User<'_>>(&text[..end], &mut space) <= end);
                        }
                    }
                }
            }
        }
    }
}
