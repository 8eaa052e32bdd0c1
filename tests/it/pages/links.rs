//! Links lead somewhere.

use super::{Page, page, pages};
use crate::tidy::root;
use std::path::Path;

#[test]
fn every_link_between_pages_leads_to_a_file_and_to_a_heading() {
    let mut followed = 0;
    for from in pages() {
        for target in targets(&from) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let folder = Path::new(from.path).parent().unwrap();
            let there = root().join(folder).join(file);
            let there = if file.is_empty() { root().join(from.path) } else { there };
            assert!(there.exists(), "{} leads to {target}, which is not there", from.path);
            let headings = || headings(&std::fs::read_to_string(&there).unwrap());
            let is_there = heading.is_empty() || headings().iter().any(|one| one == heading);
            assert!(is_there, "{} leads to {target}: there is no such heading", from.path);
            followed += 1;
        }
    }
    assert!(followed > 15, "only {followed} links were found");
}

#[test]
fn readme_leads_to_every_page_for_users() {
    let readme = page("README.md");
    let led: Vec<&str> = targets(&readme).collect();
    let for_users = |page: &Page| !page.path.starts_with("functions/") && !is_inner_map(page.path);
    for page in pages().filter(for_users) {
        let is_led = page.path == "README.md" || led.contains(&page.path);
        assert!(is_led, "nothing in README.md leads to {}", page.path);
    }
}

/// ARCHITECTURE.md leads to those.
fn is_inner_map(path: &str) -> bool {
    path.ends_with("/ARCHITECTURE.md")
}

/// Where its links lead, but for those to other sites.
fn targets(page: &Page) -> impl Iterator<Item = &str> {
    let links = page.text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    links.filter(|target| !target.contains("://"))
}

/// Its headings, as links name them.
fn headings(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    let names = lines.map(|line| line.trim_start_matches(['#', ' ']).to_lowercase());
    let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
    names.map(|name| name.chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}
