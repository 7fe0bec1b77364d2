//! What answers where. Each group is a file beside this one, or a few that belong together.

use bantam_core::prelude::*;

use crate::{
    App, Streams, auth, caching, cookies, describe, generated, gzip, health, messages, metrics, range,
    redirects, statics, status, time, users, welcome,
};

/// The table's type: application, number of routes, streams.
pub type Routes = Router<App, ROUTE_COUNT, Streams>;

/// How many they are.
pub(crate) const ROUTE_COUNT: usize = 52;

type Route = bantam_core::prelude::Route<App, Streams>;

/// The routes of the demo.
pub static ROUTES: Routes =
    Router::join(&[&MESSAGES, &SERVER, &USERS, &REQUESTS, &ANSWERS, &CONTENT, &CACHING, &COOKIES, &AUTH]);

/// A message as it is: its content, its fields, its cookies, a greeting.
const MESSAGES: [Route; 8] = [
    get("/", welcome::page),
    post("/", messages::content).content(Delivery::WholeOrStreamed),
    get("/echo", messages::fields),
    post("/echo", messages::fields).content(Delivery::Discarded),
    get("/cookie", messages::cookies),
    get("/plaintext", messages::plaintext),
    get("/json", messages::json),
    get("/users/:id", messages::user),
];

/// The server itself, and files.
const SERVER: [Route; 7] = [
    get("/api/time", time::now),
    get("/health", health::full),
    get("/health/live", bantam_core::handlers::health::live),
    get("/health/ready", health::ready),
    get("/metrics", metrics::page),
    get("/static/*path", statics::file),
    get("/static", statics::redirect),
];

/// What an application does that keeps something.
const USERS: [Route; 6] = group(
    "/api/users",
    [
        get("", users::list),
        post("", users::create),
        get("/:id", users::read),
        put("/:id", users::replace),
        patch("/:id", users::change),
        delete("/:id", users::delete),
    ],
);

/// From here on, what httpbin does. A request, described as JSON.
const REQUESTS: [Route; 10] = [
    get("/get", describe::get),
    post("/post", describe::content),
    put("/put", describe::content),
    patch("/patch", describe::content),
    delete("/delete", describe::content),
    route(METHODS, "/anything", describe::anything),
    route(METHODS, "/anything/*path", describe::anything),
    get("/headers", describe::headers),
    get("/ip", describe::ip),
    get("/user-agent", describe::user_agent),
];

/// Answers of every status.
const ANSWERS: [Route; 3] = [
    route(METHODS, "/status/:codes", status::status),
    get("/redirect/:n", redirects::chain),
    route(METHODS, "/redirect-to", redirects::to),
];

/// Content that is made while it is sent, or later.
const CONTENT: [Route; 7] = [
    get("/bytes/:n", generated::bytes),
    get("/stream/:n", generated::lines),
    get("/stream-bytes/:n", generated::stream_bytes),
    get("/drip", generated::drip),
    get("/range/:n", range::letters),
    get("/gzip", gzip::described),
    route(METHODS, "/delay/:seconds", generated::delay).blocking(),
];

/// Fields that say how long an answer is good, and others that are asked for.
const CACHING: [Route; 5] = [
    get("/etag/:etag", caching::etag),
    get("/cache", caching::cache),
    get("/cache/:n", caching::cache_for),
    get("/response-headers", caching::response_fields),
    post("/response-headers", caching::response_fields),
];

/// Cookies that are shown, set and removed.
const COOKIES: [Route; 4] = group(
    "/cookies",
    [
        get("", cookies::show),
        get("/set", cookies::set),
        get("/set/:name/:value", cookies::set_one),
        get("/delete", cookies::delete),
    ],
);

/// Who is there.
const AUTH: [Route; 2] = [get("/basic-auth/:user/:password", auth::basic), get("/bearer", auth::bearer)];

/// Every method that has a meaning of its own for a resource; GET brings HEAD, and the router answers OPTIONS.
const METHODS: MethodSet =
    MethodSet::of(Method::Get).with(Method::Post).with(Method::Put).with(Method::Patch).with(Method::Delete);
