//! The store in a real folder: what it finds, what it refuses, and what damage does.

use std::fs;
use std::path::{Path, PathBuf};

use sluice_journal::{Entry, Position, Store as _};
use sluice_store::{OpenError, Opened, Options, RealFs, Step, open};
use tempfile::TempDir;

#[cfg(test)]
fn opened(dir: &Path, options: Options) -> Result<Opened, OpenError> {
    open(Box::new(RealFs::new(dir)), options)
}

/// Writes `count` documents, each committed on its own, into segments of about four of them.
#[cfg(test)]
fn fill(dir: &Path, count: usize) {
    let options = Options { segment_bytes: 400, ..Options::default() };
    let Opened { mut appender, mut committer, .. } = opened(dir, options).unwrap();
    for number in 0..count {
        let name = format!("d{number}");
        appender.append(&Entry::Document { name: &name, body: Some(&[b'x'; 80]) });
        assert!(matches!(committer.step(), Step::Committed(_)));
    }
    assert_eq!(appender.committed(), Position(count as u64));
}

#[cfg(test)]
fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "log"))
        .collect();
    found.sort();
    found
}

#[test]
fn what_was_committed_is_found() {
    let dir = TempDir::new().unwrap();
    fill(dir.path(), 10);
    let Opened { appender, recovered, .. } = opened(dir.path(), Options::default()).unwrap();
    assert_eq!(recovered.documents.len(), 10);
    assert_eq!(appender.committed(), Position(10));
    let report = recovered.report;
    assert_eq!((report.records, report.cut, report.damage.len()), (10, 0, 0));
    assert!(report.segments > 2, "{report:?}");
}

#[test]
fn two_processes_do_not_share_a_folder() {
    let dir = TempDir::new().unwrap();
    let first = opened(dir.path(), Options::default()).unwrap();
    let Err(error) = opened(dir.path(), Options::default()) else { panic!("it was opened twice") };
    assert!(error.to_string().contains("another process"), "{error}");
    drop(first);
    opened(dir.path(), Options::default()).unwrap();
}

#[test]
fn a_torn_end_is_cut_off_and_forgotten() {
    let dir = TempDir::new().unwrap();
    fill(dir.path(), 9);
    let last = segments(dir.path()).pop().unwrap();
    let whole = fs::read(&last).unwrap();
    for cut in [1, 5, 90] {
        fs::write(&last, &whole[..whole.len() - cut]).unwrap();
        let report = opened(dir.path(), Options::default()).unwrap().recovered.report;
        assert!(report.cut > 0 && report.damage.is_empty(), "{cut}: {report:?}");
        assert_eq!(report.records, 8, "{cut}");
        let again = opened(dir.path(), Options::default()).unwrap().recovered.report;
        assert_eq!((again.cut, again.records), (0, 8), "{cut}");
    }
}

#[test]
fn damage_is_told_with_its_place_and_the_rest_is_there() {
    let dir = TempDir::new().unwrap();
    fill(dir.path(), 12);
    let first = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&first).unwrap();
    // In the body of the second record of the first segment.
    bytes[16 + 100 + 50] ^= 1;
    fs::write(&first, bytes).unwrap();
    let recovered = opened(dir.path(), Options::default()).unwrap().recovered;
    assert_eq!(recovered.documents.len(), 11);
    let [damage] = recovered.report.damage.as_slice() else { panic!("{:?}", recovered.report) };
    let told = damage.to_string();
    assert!(told.starts_with("segment-00000000.log is damaged at byte "), "{told}");
    assert!(damage.offset > 16 && damage.offset < 166 && damage.bytes > 80, "{told}");
}

#[test]
fn a_damaged_head_hides_no_record() {
    let dir = TempDir::new().unwrap();
    fill(dir.path(), 12);
    let first = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&first).unwrap();
    bytes[3] ^= 1;
    fs::write(&first, bytes).unwrap();
    let recovered = opened(dir.path(), Options::default()).unwrap().recovered;
    assert_eq!(recovered.documents.len(), 12);
    assert_eq!(recovered.report.damage[0].offset, 0);
}

#[test]
fn files_of_others_are_refused_by_name() {
    let dir = TempDir::new().unwrap();
    fill(dir.path(), 3);
    let path = segments(dir.path()).remove(0);
    let good = fs::read(&path).unwrap();
    let mut later = good.clone();
    later[8] = 2;
    fs::write(&path, &later).unwrap();
    let Err(error) = opened(dir.path(), Options::default()) else { panic!("it was opened") };
    let told = error.to_string();
    assert!(
        told.contains("segment-00000000.log has version 2") && told.contains("up to 1"),
        "{told}"
    );
    fs::write(&path, b"not a log at all, but long enough").unwrap();
    let Err(error) = opened(dir.path(), Options::default()) else { panic!("it was opened") };
    assert!(error.to_string().contains("segment-00000000.log is no segment"), "{error}");
    // What is not named as ours is nobody's business.
    fs::write(&path, good).unwrap();
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    opened(dir.path(), Options::default()).unwrap();
    assert!(dir.path().join("notes.txt").exists());
}

#[test]
fn room_is_given_back() {
    let dir = TempDir::new().unwrap();
    let options = Options { segment_bytes: 4000, ..Options::default() };
    let Opened { mut appender, mut committer, .. } = opened(dir.path(), options).unwrap();
    let mut largest = 0;
    for number in 0..5000_u32 {
        let name = format!("d{}", number % 7);
        appender.append(&Entry::Document { name: &name, body: Some(&number.to_le_bytes()) });
        while !matches!(committer.step(), Step::Idle) {}
        largest = largest.max(committer.total_bytes());
    }
    assert!(largest < 5 * 4000, "{largest} bytes for seven small documents");
    drop((appender, committer));
    let recovered = opened(dir.path(), options).unwrap().recovered;
    let newest =
        recovered.documents.values().map(|body| u32::from_le_bytes(body[..].try_into().unwrap()));
    assert_eq!(newest.min(), Some(4993));
}

#[test]
fn a_full_store_says_so_until_there_is_room() {
    let dir = TempDir::new().unwrap();
    let options = Options { segment_bytes: 1000, size_max: 8000, ..Options::default() };
    let Opened { mut appender, mut committer, .. } = opened(dir.path(), options).unwrap();
    let mut number = 0;
    while !appender.is_congested() {
        appender.append(&Entry::Document { name: &format!("d{number}"), body: Some(&[7; 200]) });
        number += 1;
        committer.step();
    }
    assert!(number > 20, "{number}");
    for number in 0..number {
        appender.append(&Entry::Document { name: &format!("d{number}"), body: None });
    }
    while !matches!(committer.step(), Step::Idle) {}
    assert!(!appender.is_congested());
    assert!(committer.total_bytes() < 3000, "{}", committer.total_bytes());
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let dir = TempDir::new().unwrap();
    let Err(error) = opened(&dir.path().join("nowhere"), Options::default()) else {
        panic!("it was opened")
    };
    assert!(error.to_string().contains("could not lock the folder"), "{error}");
}
