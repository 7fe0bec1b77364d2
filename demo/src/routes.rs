//! What answers where.

use bantam_core::prelude::*;

use crate::{App, Streams, health, messages, statics, time, welcome};

/// The table's type: application, number of routes, streams.
pub type Routes = Router<App, 14, Streams>;

/// The routes of the demo.
pub static ROUTES: Routes = Router::new([
    get("/", welcome::page),
    post("/", messages::content).content(Delivery::WholeOrStreamed),
    get("/echo", messages::fields),
    post("/echo", messages::fields).content(Delivery::Discarded),
    get("/cookie", messages::cookies),
    get("/plaintext", messages::plaintext),
    get("/json", messages::json),
    get("/users/:id", messages::user),
    get("/api/time", time::now),
    get("/health", health::full),
    get("/health/live", health::live),
    get("/health/ready", health::ready),
    get("/static/*path", statics::file),
    get("/static", statics::redirect),
]);
