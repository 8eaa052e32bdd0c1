use super::*;

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())))
}

#[test]
fn the_place_follows_the_environment() {
    let state = |variables: &[(&str, &str)]| {
        state_folder(&environment(variables)).map(|path| path.display().to_string())
    };
    let (home, xdg) = (("HOME", "/home/ada"), ("XDG_STATE_HOME", "/state"));
    assert_eq!(state(&[home]).unwrap(), "/home/ada/.local/state");
    assert_eq!(state(&[home, xdg]).unwrap(), "/state");
    assert_eq!(state(&[home, ("XDG_STATE_HOME", "relative")]).unwrap(), "/home/ada/.local/state");
    assert_eq!(state(&[]), None);
    assert_eq!(state(&[("HOME", "")]), None);
    assert_eq!(state(&[("HOME", "ada")]), None);
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
