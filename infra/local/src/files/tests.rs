use super::*;
use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use tempfile::tempdir;

async fn append(root: &Path, path: &str) -> Result<(), FileError> {
    let files = FolderFiles::new(root);
    let mut change = |content: Option<&[u8]>| {
        let mut content = content.unwrap_or_default().to_vec();
        content.push(b'x');
        Some(content)
    };
    files.update(path, &mut change).await
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_file_keeps_the_rights_that_others_have() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    append(folder.path(), "orders.csv").await.unwrap();
    assert_eq!(mode(&file) & 0o600, 0o600);
    fs::write(folder.path().join("other"), "").unwrap();
    // Whatever the umask is, it is the same for both.
    assert_eq!(mode(&file), mode(&folder.path().join("other")) & 0o644);
    fs::set_permissions(&file, Permissions::from_mode(0o664)).unwrap();
    append(folder.path(), "orders.csv").await.unwrap();
    assert_eq!((mode(&file), fs::read(&file).unwrap()), (0o664, b"xx".to_vec()));
}

#[tokio::test]
async fn no_link_leads_out_of_the_folder() {
    let (folder, outside) = (tempdir().unwrap(), tempdir().unwrap());
    let root = folder.path();
    symlink(outside.path(), root.join("out")).unwrap();
    fs::create_dir(root.join("tables")).unwrap();
    symlink(root.join("tables"), root.join("in")).unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    symlink(outside.path().join("secret"), root.join("link.csv")).unwrap();
    for path in ["out/a.csv", "out/new/a.csv", "../a.csv", "/a.csv", "a/../../b.csv"] {
        let error = append(root, path).await.unwrap_err();
        assert_eq!(error, FileError::NotAllowed(format!("{path} leaves the project folder")));
    }
    let error = append(root, "link.csv").await.unwrap_err();
    assert_eq!(error, FileError::Failed("link.csv: it is not a plain file".to_owned()));
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    append(root, "in/a.csv").await.unwrap();
    append(root, "new/deep/a.csv").await.unwrap();
    assert!(root.join("tables/a.csv").is_file() && root.join("new/deep/a.csv").is_file());
}

#[tokio::test]
async fn a_pipe_is_not_waited_for() {
    let folder = tempdir().unwrap();
    let pipe = folder.path().join("orders.csv");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    let error = append(folder.path(), "orders.csv").await.unwrap_err();
    assert_eq!(error, FileError::Failed("orders.csv: it is not a plain file".to_owned()));
}

#[tokio::test]
async fn a_file_that_is_too_long_is_left_as_it_is() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    for length in [FILE_BYTES_MAX, FILE_BYTES_MAX + 1] {
        File::create(&file).unwrap().set_len(length).unwrap();
        let error = append(folder.path(), "orders.csv").await.unwrap_err();
        let reason = "orders.csv: the file is longer than 64 MB; begin a new one";
        assert_eq!(error, FileError::Failed(reason.to_owned()));
        assert_eq!(fs::metadata(&file).unwrap().len(), length);
    }
}
