use super::homes::{name, state_folders};
use super::*;

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())))
}

#[test]
fn the_place_follows_the_environment() {
    let state = |variables: &[(&str, &str)]| {
        let folders = state_folders(&environment(variables));
        folders.iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
    };
    let (home, xdg) = (("HOME", "/home/ada"), ("XDG_STATE_HOME", "/state"));
    assert_eq!(state(&[home]), ["/home/ada/.local/state"]);
    assert_eq!(state(&[home, xdg]), ["/state", "/home/ada/.local/state"]);
    assert_eq!(state(&[home, ("XDG_STATE_HOME", "relative")]), ["/home/ada/.local/state"]);
    for none in [&[][..], &[("HOME", "")], &[("HOME", "ada")]] {
        assert!(state(none).is_empty(), "{none:?}");
    }
}

#[test]
fn the_name_is_readable_and_no_two_paths_have_the_same() {
    let name = |path: &str| name(Path::new(path));
    assert!(name("/srv/shop").starts_with("shop-"));
    assert_ne!(name("/srv/shop"), name("/srv/other/shop"));
    assert_ne!(name("/srv/a b"), name("/srv/a-b"));
    assert_eq!(name("/srv/shop").len(), "shop-0123456789abcdef".len());
    let odd = name("/srv/../é\n/$(x)");
    assert!(odd.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{odd}");
    assert!(name(&format!("/{}", "x".repeat(300))).len() < 60);
}
