//! What a folder is served with. Every text may be part of the program, or made of what its user says.

use alloc::borrow::Cow;

use super::pages::Fallback;
use super::recent::Recent;
use super::{CacheRule, Files};
use crate::message::status::Status;
use crate::time::Duration;

impl Files {
    /// Whether a folder without an index is listed, which is so unless said otherwise, or answered 404.
    #[must_use]
    pub fn with_listing(mut self, has_listing: bool) -> Self {
        self.has_listing = has_listing;
        self
    }

    /// Whether names that start with a dot are served and listed; they are not unless said otherwise.
    #[must_use]
    pub fn with_hidden_files(mut self, has_hidden_files: bool) -> Self {
        self.has_hidden_files = has_hidden_files;
        self
    }

    /// Whether a file is sent compressed where it lies beside itself in a form that the client takes (RFC 9110
    /// §12.5.3): `app.js` as `app.js.br`, `app.js.zst` or `app.js.gz`; it is not unless said otherwise. Every answer
    /// then says that it varies by `Accept-Encoding`.
    ///
    /// Such a file stands for a plain one and not for itself: without that it is not found by its name. One that was
    /// modified in an earlier second than the plain file is not used, since nobody has compressed it again.
    #[must_use]
    pub fn with_precompressed(mut self, has_precompressed: bool) -> Self {
        self.has_precompressed = has_precompressed;
        self
    }

    /// How many files are kept open, and for how long one of them answers further requests for its path before the path is
    /// resolved anew; none, unless said otherwise. Files of up to four kilobytes are kept with their bytes, for which the
    /// heap is asked; those of more than a megabyte, and those changed in the last two seconds, are not kept.
    ///
    /// That a file was written to, removed, or replaced by another is noticed at once. That a folder or a symbolic link on
    /// the way to it leads elsewhere is noticed when the time is over.
    #[must_use]
    pub fn with_open_files(mut self, most: usize, validity: Duration) -> Self {
        self.recent = Recent::new(most, validity);
        self
    }

    /// The names of files that stand for their folder, the first that is there; `index.html` unless said otherwise.
    #[must_use]
    pub fn with_index_names(mut self, names: impl IntoIterator<Item = impl Into<Cow<'static, str>>>) -> Self {
        self.index_names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Media types of files by their extension, without a dot and in any case, before those that are known here.
    #[must_use]
    pub fn with_media_types(
        mut self,
        types: impl IntoIterator<Item = (impl Into<Cow<'static, str>>, impl Into<Cow<'static, str>>)>,
    ) -> Self {
        let types = types.into_iter().map(|(extension, media_type)| (extension.into(), media_type.into()));
        self.media_types = types.collect();
        self
    }

    /// The `Cache-Control` field of files (RFC 9111 §5.2) for which no rule says another; none when empty. It is
    /// `no-cache` unless said otherwise: caches may keep a file, and ask each time whether it is still current.
    #[must_use]
    pub fn with_cache_control(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        self.cache_control = value.into();
        self
    }

    /// The `Cache-Control` field by path: a `Vec`, or a `static` slice. The first rule that fits counts.
    #[must_use]
    pub fn with_cache_rules(mut self, rules: impl Into<Cow<'static, [CacheRule]>>) -> Self {
        self.cache_rules = rules.into();
        self
    }

    /// The file that answers, with 200, for pages that are not there: an application in the browser then finds out
    /// what its path means. A page is what has no dot in its last segment; what is asked for by a program that takes no
    /// `text/html`, or that names other types and takes the rest (`application/json, */*`), remains 404.
    ///
    /// Its `Cache-Control` is `no-cache`, whatever the rules say of the file, since it names the other files of its
    /// version; see [`Files::with_fallback_cache_control`].
    #[must_use]
    pub fn with_fallback(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        let cache_control =
            self.fallback.map_or(Cow::Borrowed("no-cache"), |fallback| fallback.cache_control);
        self.fallback = Some(Fallback { name: name.into(), cache_control });
        self
    }

    /// The `Cache-Control` field of the fallback; none when empty. Without [`Files::with_fallback`] it counts for
    /// nothing.
    #[must_use]
    pub fn with_fallback_cache_control(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        if let Some(fallback) = &mut self.fallback {
            fallback.cache_control = value.into();
        }
        self
    }

    /// The file whose content answers where serving fails with this status, such as `404.html`: the status stays, and
    /// neither conditions nor ranges count. It answers failures of this folder alone; where it is not there, the plain
    /// text that all failures have does.
    #[must_use]
    pub fn with_error_page(mut self, status: Status, name: impl Into<Cow<'static, str>>) -> Self {
        self.error_pages.push((status, name.into()));
        self
    }
}
