//! How the files of a folder are served.

use core::time::Duration;

use clap::{ArgAction, Args};

use super::values::{Named, Page, media_type, named, page, seconds_or_none};

/// What the folder of `serve`, and that of `demo --root`, takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct FileOptions {
    /// Names of the page of a folder, the first that is there
    #[arg(
        long,
        global = true,
        value_name = "NAMES",
        env = "BANTAM_INDEX",
        value_delimiter = ',',
        default_value = "index.html"
    )]
    pub(crate) index: Vec<String>,

    /// List folders that have no such page
    #[arg(long, global = true, value_name = "true|false", env = "BANTAM_LISTING", num_args = 0..=1,
          require_equals = true, default_value = "true", default_missing_value = "true",
          hide_possible_values = true, action = ArgAction::Set)]
    pub(crate) listing: bool,

    /// Serve and list names that begin with a dot
    #[arg(long, global = true, value_name = "true|false", env = "BANTAM_HIDDEN", num_args = 0..=1,
          require_equals = true, default_value = "false", default_missing_value = "true",
          hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub(crate) hidden: bool,

    /// Send FILE.br, FILE.zst or FILE.gz in place of FILE to who accepts that
    #[arg(long, global = true, value_name = "true|false", env = "BANTAM_PRECOMPRESSED", num_args = 0..=1,
          require_equals = true, default_value = "true", default_missing_value = "true",
          hide_possible_values = true, action = ArgAction::Set)]
    pub(crate) precompressed: bool,

    /// Keep files that were asked for open for so many seconds, though never past a change of the file itself; 0 opens
    /// them each time
    #[arg(long, global = true, value_name = "SECONDS", default_value = "1", env = "BANTAM_FILE_CACHE",
          value_parser = seconds_or_none)]
    pub(crate) file_cache: Duration,

    /// Answer pages that are not there with this file and 200, for applications that route in the browser
    #[arg(long, global = true, value_name = "FILE", env = "BANTAM_SPA")]
    pub(crate) spa: Option<String>,

    /// Send this file with an error of this status, such as 404=404.html; again for others, or separated by commas
    #[arg(long, global = true, value_name = "STATUS=FILE", env = "BANTAM_ERROR_PAGE", value_delimiter = ',',
          value_parser = page)]
    pub(crate) error_page: Vec<Page>,

    /// Cache-Control of files whose path matches, such as '/assets/*=public, max-age=31536000, immutable'; again for
    /// others, or separated by semicolons; the first that matches counts, and no-cache where none does
    #[arg(long, global = true, value_name = "PATTERN=VALUE", env = "BANTAM_CACHE_CONTROL", value_delimiter = ';',
          value_parser = named)]
    pub(crate) cache_control: Vec<Named>,

    /// Media type of files with this extension, such as md=text/markdown; again for others, or separated by commas
    #[arg(long, global = true, value_name = "EXTENSION=TYPE", env = "BANTAM_MIME", value_delimiter = ',',
          value_parser = media_type)]
    pub(crate) mime: Vec<Named>,
}
