use core::net::Ipv6Addr;

use super::{Config, ConfigError};

const HARDWARE: [u8; 6] = [2, 0, 0, 0, 0, 1];

fn config() -> Config {
    Config::new(HARDWARE)
}

#[test]
fn what_cannot_be_used_is_named_the_first_thing_first() {
    let many =
        |count: u8| (1..=count).fold(config(), |config, host| config.with_address([10, 0, 0, host], 24));
    let v6 = if cfg!(feature = "ipv6") { Ok(()) } else { Err(ConfigError::Address) };
    let cases = [
        ("nothing", config(), Ok(())),
        ("a prefix of all bits", config().with_address([10, 0, 0, 1], 32), Ok(())),
        ("one bit more", config().with_address([10, 0, 0, 1], 33), Err(ConfigError::Address)),
        ("a group", config().with_address([224, 0, 0, 1], 24), Err(ConfigError::Address)),
        ("everyone", config().with_address([255; 4], 24), Err(ConfigError::Address)),
        ("nobody", config().with_address([0; 4], 24), Err(ConfigError::Address)),
        ("IPv6", config().with_address(Ipv6Addr::LOCALHOST, 128), v6),
        ("four addresses", many(4), Ok(())),
        ("five", many(5), Err(ConfigError::TooManyAddresses)),
        ("a gateway", config().with_gateway([10, 0, 0, 1]), Ok(())),
        ("a group as gateway", config().with_gateway([224, 0, 0, 1]), Err(ConfigError::Gateway)),
        ("no gateway", config().with_gateway([0; 4]), Err(ConfigError::Gateway)),
        ("port 0", config().with_port(0), Err(ConfigError::Port)),
        ("the last port", config().with_port(65_535), Ok(())),
        ("a group of stations", Config::new([1, 0, 0, 0, 0, 1]), Err(ConfigError::Hardware)),
        ("all stations", Config::new([255; 6]), Err(ConfigError::Hardware)),
        (
            "an address, then a gateway",
            config().with_address([0; 4], 24).with_gateway([0; 4]).with_port(0),
            Err(ConfigError::Address),
        ),
    ];
    for (name, config, expected) in cases {
        assert_eq!(config.check(), expected, "{name}");
    }
}
