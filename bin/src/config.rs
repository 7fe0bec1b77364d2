//! The configuration file: TOML, whose keys are the names of flags. Its values become the defaults of the flags, so
//! that flags and variables win over it, and are checked by the same rules.

use std::path::{Path, PathBuf};

use clap::Command;
use clap::error::ErrorKind;

use crate::say;

/// The file that the command line or the environment names, whatever else is wrong there.
pub(crate) fn named(command: Command) -> Option<PathBuf> {
    named_in(command, std::env::args_os())
}

fn named_in(command: Command, line: impl Iterator<Item = std::ffi::OsString>) -> Option<PathBuf> {
    let matches = command.ignore_errors(true).try_get_matches_from(line).ok()?;
    let nested = matches.subcommand().and_then(|(_, matches)| matches.get_one::<PathBuf>("config"));
    nested.or_else(|| matches.get_one("config")).cloned()
}

/// Gives the flags of `command` the values of `file` as defaults; or says in one line what is wrong with it.
pub(crate) fn read(command: Command, file: &Path) -> Result<Command, String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("cannot read the configuration {shown}: {}", say::plain(&error)))?;
    apply(command, &text).map_err(|message| format!("{shown}: {message}"))
}

fn apply(mut command: Command, text: &str) -> Result<Command, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line =
            error.span().map_or(1, |span| text.get(..span.start).unwrap_or(text).matches('\n').count() + 1);
        format!("line {line}: {}", error.message().lines().next().unwrap_or_default())
    })?;
    for (key, value) in &table {
        let values = match value {
            toml::Value::Array(values) => values.as_slice(),
            value => core::slice::from_ref(value),
        };
        let values: Option<Vec<_>> = values.iter().map(plain).collect();
        let values = values.filter(|values| !values.is_empty()).ok_or_else(|| {
            format!("`{key}`: a text, a number or a truth value is wanted, or a list of them")
        })?;
        command = set(command, key, &values)?;
    }
    Ok(command)
}

fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Makes `values` the default of the flag `--key`, once the flag has accepted them.
fn set(command: Command, key: &str, values: &[String]) -> Result<Command, String> {
    if key == "root" {
        let [value] = values else { return Err("`root`: one folder is wanted".to_owned()) };
        let has_root =
            |command: &Command| command.get_arguments().any(|argument| argument.get_id() == "root");
        return Ok(command.mut_subcommands(|sub| match has_root(&sub) {
            true => sub.mut_arg("root", |root| root.default_value(value.clone())),
            false => sub,
        }));
    }
    let id = command
        .get_arguments()
        .find(|argument| argument.get_long() == Some(key) && argument.get_env().is_some() && key != "config")
        .map(|argument| argument.get_id().clone())
        .ok_or_else(|| format!("unknown key `{key}`: keys are the names of flags, see --help"))?;
    let flags = values.iter().map(|value| format!("--{key}={value}"));
    let trial = core::iter::once("bantam".to_owned()).chain(flags);
    match command.clone().try_get_matches_from(trial) {
        // That one option asks for another is seen when all are there.
        Err(error)
            if !matches!(error.kind(), ErrorKind::MissingSubcommand | ErrorKind::MissingRequiredArgument) =>
        {
            Err(format!("`{key}`: {}", say::first_paragraph(&error.to_string())))
        }
        _ => Ok(command.mut_arg(id, |argument| argument.default_values(values.to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    fn command() -> Command {
        let port =
            Arg::new("port").long("port").env("BANTAM_CONFIG_TEST_PORT").default_value("1").global(true);
        let port = port.value_parser(clap::value_parser!(u16));
        let config = Arg::new("config").long("config").env("BANTAM_CONFIG_TEST_FILE").global(true);
        let config = config.value_parser(clap::value_parser!(PathBuf));
        let root = Arg::new("root").default_value(".");
        Command::new("bantam")
            .arg(port)
            .arg(config)
            .subcommand(Command::new("serve").arg(root))
            .subcommand(Command::new("explain"))
    }

    fn port(text: &str, line: &[&str]) -> Result<u16, String> {
        let matches =
            apply(command(), text)?.try_get_matches_from(line).map_err(|error| error.to_string())?;
        matches.get_one("port").copied().ok_or_else(|| "no port".to_owned())
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        assert_eq!(port("", &["bantam"]), Ok(1));
        assert_eq!(port("port = 7", &["bantam"]), Ok(7));
        assert_eq!(port("port = \"7\"", &["bantam", "--port", "9"]), Ok(9));
    }

    #[test]
    fn a_list_is_a_list_or_a_text_with_its_separator() {
        let names = |text: &str, line: &[&str]| {
            let names = Arg::new("names").long("names").env("BANTAM_CONFIG_TEST_NAMES").value_delimiter(',');
            let names = names.action(clap::ArgAction::Append).global(true).default_value("z");
            let matches = apply(command().arg(names), text).expect("a configuration");
            let matches = matches.try_get_matches_from(line).expect("a command line");
            matches.get_many::<String>("names").expect("names").cloned().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("", &["bantam"]), "z");
        for text in ["names = [\"a\", \"b\"]", "names = \"a,b\""] {
            assert_eq!(names(text, &["bantam"]), "a b", "{text}");
            assert_eq!(names(text, &["bantam", "--names", "c", "--names=d,e"]), "c d e", "{text}");
        }
    }

    #[test]
    fn the_folder_comes_from_the_file_too() {
        let command = apply(command(), "root = \"/srv\"").expect("a configuration");
        let matches = command.try_get_matches_from(["bantam", "serve"]).expect("a command line");
        let root = matches.subcommand().and_then(|(_, matches)| matches.get_one::<String>("root").cloned());
        assert_eq!(root.as_deref(), Some("/srv"));
    }

    #[test]
    fn mistakes_are_one_line_that_names_the_key_or_the_line() {
        let cases = [
            ("prot = 7", "unknown key `prot`: keys are the names of flags, see --help"),
            ("config = \"x\"", "unknown key `config`: keys are the names of flags, see --help"),
            ("port = {}", "`port`: a text, a number or a truth value is wanted, or a list of them"),
            ("port = []", "`port`: a text, a number or a truth value is wanted, or a list of them"),
            ("port = [7, 8]", "`port`: the argument '--port <port>' cannot be used multiple times"),
            ("root = [\"a\", \"b\"]", "`root`: one folder is wanted"),
            ("port = 70000", "`port`: invalid value '70000' for '--port <port>': 70000 is not in 0..=65535"),
        ];
        for (text, message) in cases {
            assert_eq!(apply(command(), text).err().as_deref(), Some(message), "{text}");
        }
        let message = apply(command(), "port = 1\n= 2").err().unwrap_or_default();
        assert!(message.starts_with("line 2: ") && !message.contains('\n'), "{message}");
    }

    #[test]
    fn the_file_is_found_behind_and_before_the_command_and_beside_mistakes() {
        for line in
            [&["bantam", "--config", "f", "serve"][..], &["bantam", "serve", "--config", "f", "--nope"]]
        {
            let line = line.iter().map(std::ffi::OsString::from);
            assert_eq!(named_in(command(), line), Some(PathBuf::from("f")));
        }
    }
}
