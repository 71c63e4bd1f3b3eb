//! Configuration: read in its order, refused all at once.

use std::path::Path;

use switchboard::config::{Config, Problems};

fn load(file: Option<&Path>, variables: &[(&str, &str)]) -> Result<Config, Problems> {
    let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    Config::load(file, variables)
}

#[test]
fn the_default_is_whole() {
    let config = load(None, &[]).unwrap();
    assert_eq!(config.public_url(), "http://127.0.0.1:4000");
    assert_eq!(config.database.url.expose(), "sqlite://switchboard.db");
    assert_eq!(config.key_path(), Path::new("switchboard.key"));
    assert_eq!(config.service_limits().visitor_messages, 20);
}

#[test]
fn the_environment_goes_over_the_file_and_the_file_over_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    let text = "[limits]\nvisitor_messages = 5\nvisitor_window_ms = 7000\n[server]\nallowed_origins = [\"https://a.test\"]\n";
    std::fs::write(&path, text).unwrap();
    let variables = [
        ("SWITCHBOARD__LIMITS__VISITOR_MESSAGES", "6"),
        ("SWITCHBOARD__SERVER__TRUSTED_PROXIES", r#"["10.0.0.0/8"]"#),
        ("SWITCHBOARD__DATABASE__URL", "sqlite:///var/lib/switchboard/my.db"),
        ("HOME", "/root"),
    ];
    let config = load(Some(&path), &variables).unwrap();
    assert_eq!((config.limits.visitor_messages, config.limits.visitor_window_ms), (6, 7000));
    assert_eq!(config.server.allowed_origins, ["https://a.test"]);
    assert!(config.trusts_proxy("10.1.2.3".parse().unwrap()));
    assert!(!config.trusts_proxy("127.0.0.1".parse().unwrap()));
    assert_eq!(config.key_path(), Path::new("/var/lib/switchboard/switchboard.key"));
}

#[test]
fn all_problems_are_reported_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    std::fs::write(&path, "top = 1\n[limits]\nvisitor_messages = \"many\"\nno_such = 1\n").unwrap();
    let variables = [
        ("SWITCHBOARD__SERVER__LISTEN", "here"),
        ("SWITCHBOARD__SERVER__TRUSTED_PROXIES", "10.0.0.0/8"),
        ("SWITCHBOARD__REALTIME__PING_INTERVAL_MS", "-1"),
        ("SWITCHBOARD__METRICS__ENABLED", "maybe"),
        ("SWITCHBOARD__REDIS__URL", "localhost:6379"),
        ("SWITCHBOARD__DATABASE__URL", "mysql://localhost/x"),
        ("SWITCHBOARD__NONSENSE", "1"),
        ("SWITCHBOARD__NO__SUCH", "1"),
    ];
    let Problems(problems) = load(Some(&path), &variables).unwrap_err();
    let expected = [
        "top: is not in a section",
        "limits.visitor_messages: must be a whole number, 0 or more",
        "limits.no_such: is not a setting",
        "metrics.enabled: must be true or false",
        "SWITCHBOARD__NONSENSE: is not SWITCHBOARD__SECTION__KEY",
        "no.such: is not a setting",
        "realtime.ping_interval_ms: must be a whole number, 0 or more",
        "server.trusted_proxies: must be a list in JSON, such as [\"a\", \"b\"]",
        "server.listen: must be an address and a port, such as 127.0.0.1:4000",
        "database.url: must begin with sqlite:// or postgres://",
        "redis.url: must begin with redis:// or rediss://, or be empty",
    ];
    let sorted = |mut list: Vec<String>| {
        list.sort();
        list
    };
    assert_eq!(sorted(problems), sorted(expected.map(str::to_owned).to_vec()));
}

#[test]
fn a_configuration_does_not_show_its_secrets() {
    let url = "postgres://user:hunter2@localhost/x";
    let config = load(None, &[("SWITCHBOARD__DATABASE__URL", url)]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn the_key_file_is_made_once_and_kept_from_others() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("my.db").display());
    let config = load(None, &[("SWITCHBOARD__DATABASE__URL", &url)]).unwrap();
    let first = config.sealing_key().unwrap();
    assert_eq!(first.to_text(), config.sealing_key().unwrap().to_text());
    let path = config.key_path();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(config.sealing_key().unwrap_err().to_string().contains("chmod 600"));
}
