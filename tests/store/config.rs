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

const APPS: &str = r#"
[pusher]
presence_members_max = 50
client_events = true

[[pusher.apps]]
id = 482913377
key = "app-key"
secret = "hunter2"

[[pusher.apps]]
id = "second"
key = "second-key"
secret = "hunter3"
name = "Shop"
enabled = false
client_events = false
watchlist_max = 0
allowed_origins = ["https://shop.example/"]
[[pusher.apps.webhooks]]
url = "https://shop.example/hook"
events = ["channel_occupied"]
headers = { Authorization = "Bearer hunter4" }
"#;

#[test]
fn apps_of_the_configuration_have_its_defaults_and_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    std::fs::write(&path, APPS).unwrap();
    let config = load(Some(&path), &[("SWITCHBOARD__PUSHER__WATCHLIST_MAX", "7")]).unwrap();
    let [first, second] = &config.pusher.apps.fixed[..] else { panic!("two apps") };
    assert_eq!((first.id.as_str(), first.key.as_str()), ("482913377", "app-key"));
    assert_eq!((first.name.as_str(), first.enabled), ("482913377", true));
    assert!(first.settings.client_events);
    let limits = &first.settings.limits;
    assert_eq!((limits.presence_members_max, limits.watchlist_max), (50, 7));
    assert_eq!((second.name.as_str(), second.enabled), ("Shop", false));
    assert!(!second.settings.client_events);
    let limits = &second.settings.limits;
    assert_eq!((limits.presence_members_max, limits.watchlist_max), (50, 0));
    assert_eq!(second.settings.allowed_origins, ["https://shop.example"]);
    assert_eq!(second.settings.webhooks[0].events, ["channel_occupied"]);
    assert!(!format!("{config:?}").contains("hunter"));
}

#[test]
fn apps_can_be_named_in_the_environment() {
    let apps =
        r#"[{"id": "1", "key": "k", "secret": "s", "webhooks": [{"url": "http://127.0.0.1:9/"}]}]"#;
    let config = load(None, &[("SWITCHBOARD__PUSHER__APPS", apps)]).unwrap();
    assert_eq!(config.pusher.apps.fixed[0].settings.webhooks[0].url, "http://127.0.0.1:9/");
    assert_eq!(config.pusher.activity_timeout_ms, 120_000);
    for list in ["1", "[1]", r#"["app"]"#, r#"[{"id": null}]"#] {
        let Problems(problems) = load(None, &[("SWITCHBOARD__PUSHER__APPS", list)]).unwrap_err();
        assert!(problems[0].starts_with("pusher.apps: must "), "{problems:?}");
    }
}

#[test]
fn the_defaults_of_apps_are_those_the_program_has() {
    let config = load(None, &[]).unwrap();
    assert_eq!(config.pusher.apps.defaults, switchboard::domain::PusherSettings::default());
}

#[test]
fn every_problem_of_every_app_is_reported() {
    let apps = r#"[
        {"id": "a b", "key": "same", "secret": "s", "watchlist_max": "many", "enabled": 1},
        {"id": "2", "key": "same", "no_such": 1, "webhooks": [{"url": "here", "events": ["x"]}]},
        {"id": 2, "key": true, "secret": "", "allowed_origins": ["shop"]}
    ]"#;
    let Problems(problems) = load(None, &[("SWITCHBOARD__PUSHER__APPS", apps)]).unwrap_err();
    let expected = [
        "pusher.apps[0].id: must be at most 128 letters, digits, _ or -",
        "pusher.apps[0].enabled: must be true or false",
        "pusher.apps[0].watchlist_max: must be a whole number, 0 or more",
        "pusher.apps[1].key: is also the key of pusher.apps[0]",
        "pusher.apps[1].secret: is missing",
        "pusher.apps[1].no_such: is not a setting",
        "pusher.apps[1].webhooks[0].events: `x` is not an event; there are channel_occupied, \
         channel_vacated, member_added, member_removed, client_event, cache_miss, subscription_count",
        "pusher.apps[1].webhooks[0].url: must be a URL that begins with http:// or https://",
        "pusher.apps[2].id: is also the id of pusher.apps[1]",
        "pusher.apps[2].key: must be a string",
        "pusher.apps[2].secret: must not be empty",
        "pusher.apps[2].allowed_origins: `shop` is not an origin such as https://shop.example",
    ];
    assert_eq!(problems, expected);
}
