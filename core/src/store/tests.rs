//! What the store promises on its own is tested through the replica: see
//! `replica/tests/{atomic,lives}.rs`; here is what only it can show.

use super::{Durability, Store, documents};
use crate::error::{Error, Invalid};

#[test]
fn a_write_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("r.sqlite"), Durability::Full).unwrap();
    let insert = "INSERT INTO document (id, kind, heads, digest) VALUES (x'01', 8, x'', x'')";

    let failed = store.write(|tx| {
        tx.execute(insert, [])?;
        Err::<(), _>(Error::from(Invalid::new("no", "no")))
    });

    assert!(failed.is_err());
    assert_eq!(store.read(documents::count).unwrap(), 0);
}

#[test]
fn unsynced_work_cannot_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("r.sqlite"), Durability::Full).unwrap();
    store
        .write(|tx| {
            tx.execute_batch(
                "INSERT INTO document (id, kind, heads, digest) VALUES (x'01', 8, x'', x'');
                 INSERT INTO change (hash, document, bytes) VALUES (x'02', x'01', x'');
                 INSERT INTO outbox (hash, document, queued_at_ms) VALUES (x'02', x'01', 0);",
            )?;
            Ok(())
        })
        .unwrap();

    let removed = store.write(|tx| Ok(tx.execute("DELETE FROM change", [])?));

    assert!(matches!(removed, Err(Error::Storage(_))));
}
