//! What an application names: `use bantam_core::prelude::*`.

pub use crate::body::sink::Sink;
pub use crate::body::source::{NoStream, Pull, Pulled, Source};
pub use crate::handler::{Content, Failure, Outcome, Request};
pub use crate::limits::Limits;
pub use crate::message::cookie::SetCookie;
pub use crate::message::method::{Method, MethodSet};
pub use crate::message::status::Status;
pub use crate::middleware::{Answer, Middleware, Next};
pub use crate::response::Response;
pub use crate::route::table::Router;
pub use crate::route::{
    Delivery, Route, RouteLimits, any, delete, get, group, head, options, patch, post, put, route, sink,
};
pub use crate::service::Service;
pub use crate::time::{Duration, Instant};
