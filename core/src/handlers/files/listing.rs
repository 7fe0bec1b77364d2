//! The page that lists a folder: HTML that needs nothing but itself.

use alloc::string::String;
use core::fmt::{self, Display, Write};

use super::entries::{Entries, Entry};
use super::order::{Key, Order};
use crate::message::date::rfc3339;
use crate::message::percent::{Decoded, Encoded};

/// The page for the folder that `path` below the root names, asked for as `request_path`; both as they were sent. The
/// entries are in this order already, which the heads of the columns show and change.
pub(super) fn page(request_path: &str, path: &str, entries: &Entries, order: Order) -> String {
    let mut page = Page(String::new());
    let decoded = Decoded::new(request_path.as_bytes());
    page.put("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Index of ");
    page.put_escaped(decoded);
    page.put("</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<style>\n");
    page.put(STYLE);
    page.put("</style>\n</head>\n<body>\n<main>\n<h1>");
    page.put_breadcrumbs(request_path, path);
    page.put("</h1>\n<table>\n<thead><tr>");
    Key::ALL.into_iter().for_each(|key| page.put_head(key, order));
    page.put("</tr></thead>\n<tbody>\n");
    if !path.is_empty() {
        page.put("<tr class=\"up\"><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
    }
    for entry in &entries.entries {
        page.put_entry(entry);
    }
    page.put("</tbody>\n</table>\n<p>");
    page.put_summary(entries);
    page.put("</p>\n</main>\n</body>\n</html>\n");
    page.0
}

/// HTML that is being written, which does not fail. Whatever comes from a request or from the file system goes through `put_escaped`.
struct Page(String);

impl Page {
    fn put(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    fn put_escaped(&mut self, text: impl Display) {
        let _ = write!(Escaping(&mut self.0), "{text}");
    }

    /// The path as links, from the served folder down to this one. They are relative, so they hold behind a proxy that
    /// takes a prefix away.
    fn put_breadcrumbs(&mut self, request_path: &str, path: &str) {
        let top = request_path.strip_suffix(path).unwrap_or("/");
        let below = path.split_inclusive('/').count();
        for (depth, segment) in core::iter::once(top).chain(path.split_inclusive('/')).enumerate() {
            let segment = Decoded::new(segment.as_bytes());
            if depth == below {
                self.put("<span aria-current=\"page\">");
                self.put_escaped(segment);
                self.put("</span>");
            } else {
                self.put("<a href=\"");
                (depth..below).for_each(|_| self.put("../"));
                self.put("\">");
                self.put_escaped(segment);
                self.put("</a>");
            }
        }
    }

    /// The head of a column, as a link that sorts by it; once more, and the other way round.
    fn put_head(&mut self, key: Key, order: Order) {
        let (aria, link_order) = match (order.key == key, order.is_descending) {
            (true, false) => (" aria-sort=\"ascending\"", "desc"),
            (true, true) => (" aria-sort=\"descending\"", "asc"),
            (false, _) => ("", "asc"),
        };
        let label = match key {
            Key::Name => "Name",
            Key::Size => "Size",
            Key::Modified => "Modified (UTC)",
        };
        let word = key.word();
        let _ = write!(
            self.0,
            "<th scope=\"col\"{aria}><a href=\"?sort={word}&amp;order={link_order}\">{label}</a></th>"
        );
    }

    fn put_entry(&mut self, entry: &Entry) {
        let (class, slash) = if entry.size.is_none() { ("folder", "/") } else { ("file", "") };
        // The encoded name has no `:`, so that `a:b` is not taken for a scheme (RFC 3986 §4.2).
        let name = Encoded::segment(&entry.name);
        let _ = write!(self.0, "<tr class=\"{class}\"><td><a href=\"{name}{slash}\">");
        self.put_escaped(String::from_utf8_lossy(&entry.name));
        self.put(slash);
        self.put("</a></td><td>");
        if let Some(size) = entry.size {
            let unit = if size == 1 { "byte" } else { "bytes" };
            let _ = write!(self.0, "<span title=\"{size} {unit}\">{}</span>", Size(size));
        }
        let moment = rfc3339(entry.modified);
        let moment = core::str::from_utf8(&moment).unwrap_or_default();
        let (day, minute) = (moment.get(..10).unwrap_or_default(), moment.get(11..16).unwrap_or_default());
        let _ = writeln!(self.0, "</td><td><time datetime=\"{moment}\">{day} {minute}</time></td></tr>");
    }

    fn put_summary(&mut self, entries: &Entries) {
        let folders = entries.entries.iter().filter(|entry| entry.size.is_none()).count();
        let files = entries.entries.len().saturating_sub(folders);
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let _ = match (folders, files) {
            (0, 0) => write!(self.0, "This folder is empty."),
            _ => write!(self.0, "{folders} folder{}, {files} file{}", plural(folders), plural(files)),
        };
        if entries.has_more {
            self.put(", and more than can be listed");
        }
    }
}

/// Escapes for element content and for attribute values in quotes.
struct Escaping<'p>(&'p mut String);

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

/// A size in bytes as people read it: three digits or so, in the largest unit of which there is one.
struct Size(u64);

impl Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        let mut unit = 0_usize;
        // Tenths of the unit are enough of the rest.
        let (mut whole, mut rest) = (self.0, 0);
        while whole >= 1_024 {
            rest = whole % 1_024;
            whole /= 1_024;
            unit = unit.saturating_add(1);
        }
        let unit_name = UNITS.get(unit).unwrap_or(&"");
        if unit == 0 || whole >= 100 {
            return write!(f, "{whole} {unit_name}");
        }
        write!(f, "{whole}.{} {unit_name}", rest.saturating_mul(10) / 1_024)
    }
}

const STYLE: &str = include_str!("listing.css");

#[cfg(test)]
mod tests;
