//! What is printed on standard error when the server starts.

use core::fmt::Write;

use bantam_core::route::table::Routes;
use bantam_transport_std::Endpoint;

/// The routes, a line each.
pub(crate) fn routes<A, S>(routes: Routes<'_, A, S>) -> String {
    let mut table = String::new();
    let mut rows: Vec<(String, String)> = routes
        .iter()
        .map(|route| {
            let methods: Vec<_> = route.methods().iter().map(|method| method.as_str()).collect();
            (route.pattern().to_string(), methods.join(" "))
        })
        .collect();
    rows.sort();
    let width = rows.iter().map(|(_, methods)| methods.len()).max().unwrap_or(0);
    for (pattern, methods) in rows {
        // Writing to a string does not fail.
        let _ = writeln!(table, "  {methods:<width$}  {pattern}");
    }
    table
}

/// The line that says that connections are accepted. Programs wait for it, so it stands alone.
pub(crate) fn listening(endpoint: &Endpoint) -> String {
    format!("listening on {endpoint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_addresses_stand_in_brackets() {
        let endpoint = Endpoint::Tcp("[::1]:80".parse().expect("an address"));
        assert_eq!(listening(&endpoint), "listening on http://[::1]:80");
    }
}
