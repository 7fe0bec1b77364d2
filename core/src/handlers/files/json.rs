//! What a folder holds, as JSON (RFC 8259): an array with an object for each entry.
//!
//! ```text
//! [{"name":"src","type":"directory","size":null,"modified":"2026-11-23T11:33:25Z"},
//!  {"name":"a.txt","type":"file","size":1536,"modified":"2026-11-23T11:33:25Z"}]
//! ```
//! Names of a file system need not be UTF-8, and JSON is: where one is not, `name` has U+FFFD in the place of what cannot
//! be said, and a fifth member `href` has the name percent-encoded, as a reference from the folder.

use alloc::string::String;
use core::fmt::Write;

use super::entries::{Entries, Entry};
use crate::message::date::rfc3339;
use crate::message::percent::Encoded;

pub(super) fn array(entries: &Entries) -> String {
    let mut text = String::from("[");
    for (place, entry) in entries.entries.iter().enumerate() {
        text.push_str(if place > 0 { ",\n" } else { "" });
        put_entry(&mut text, entry);
    }
    text.push_str("]\n");
    text
}

fn put_entry(text: &mut String, entry: &Entry) {
    let name = String::from_utf8_lossy(&entry.name);
    text.push_str("{\"name\":\"");
    name.chars().for_each(|character| put_escaped(text, character));
    let moment = rfc3339(entry.modified);
    let moment = core::str::from_utf8(&moment).unwrap_or_default();
    // Writing into a `String` does not fail.
    let _ = match entry.size {
        Some(size) => write!(text, "\",\"type\":\"file\",\"size\":{size}"),
        None => write!(text, "\",\"type\":\"directory\",\"size\":null"),
    };
    let _ = write!(text, ",\"modified\":\"{moment}\"");
    if name.as_bytes() != entry.name {
        let slash = if entry.size.is_none() { "/" } else { "" };
        let _ = write!(text, ",\"href\":\"{}{slash}\"", Encoded::segment(&entry.name));
    }
    text.push('}');
}

/// RFC 8259 §7; `<` too, so that the text may stand within a page.
fn put_escaped(text: &mut String, character: char) {
    match character {
        '"' | '\\' => text.extend(['\\', character]),
        '\0'..='\x1f' | '<' | '\x7f' | '\u{2028}' | '\u{2029}' => {
            let _ = write!(text, "\\u{:04x}", u32::from(character));
        }
        other => text.push(other),
    }
}

#[cfg(test)]
mod tests;
