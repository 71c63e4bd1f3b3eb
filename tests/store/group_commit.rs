//! Many writers, one commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::{BoxFuture, join_all};
use parking_lot::Mutex;
use switchboard::domain::{NodeId, Organization, OrganizationId, Timestamp};
use switchboard::store::{
    Done, GroupCommit, GroupCommitLimits, JointResults, JointWork, StoreError, Tx, Written,
};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::{Desk, on_both_engines};

/// A committer that writes down what it publishes.
fn committer(desk: &Desk) -> (GroupCommit<String>, Arc<Mutex<Vec<String>>>, TaskTracker) {
    let (published, tasks) = (Arc::new(Mutex::new(Vec::new())), TaskTracker::new());
    let shelf = Arc::clone(&published);
    let publish = move |texts| shelf.lock().extend::<Vec<String>>(texts);
    let limits = GroupCommitLimits::default();
    (GroupCommit::start(desk.store.clone(), limits, publish, &tasks), published, tasks)
}

#[derive(Debug, PartialEq)]
enum Refusal {
    Refused,
    Store(String),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

/// Founds an organization; a name that is taken is a conflict.
async fn found(commits: &GroupCommit<String>, desk: &Desk, name: &str) -> Result<(), Refusal> {
    let now = desk.clock.now();
    let organization = Organization { id: OrganizationId::generate(), name: name.to_owned() };
    commits
        .submit(None, move |tx| {
            let organization = organization.clone();
            Box::pin(async move {
                tx.insert_organization(&organization, now).await?;
                Ok(Done { value: (), announcements: vec![organization.name] })
            })
        })
        .await
}

/// Founds organizations, as many at a time as there are; what is to be called `refused` is.
struct Founding {
    now: Timestamp,
    /// How many each run was asked for.
    sizes: Mutex<Vec<usize>>,
}

impl JointWork<String> for Founding {
    type Request = Organization;
    type Value = ();
    type Error = Refusal;

    fn run<'t>(
        &'t self,
        tx: &'t mut Tx,
        organizations: &'t [Organization],
    ) -> BoxFuture<'t, JointResults<(), String, Refusal>> {
        self.sizes.lock().push(organizations.len());
        Box::pin(async move {
            let mut results = Vec::new();
            for organization in organizations {
                results.push(if organization.name == "refused" {
                    Err(Refusal::Refused)
                } else {
                    tx.insert_organization(organization, self.now).await?;
                    Ok(Done { value: (), announcements: vec![organization.name.clone()] })
                });
            }
            Ok(results)
        })
    }
}

/// Has organizations founded in one batch, behind a job that waits until all of them are in the queue. Gives
/// what came of each, and how many each run was asked for.
async fn found_together<const N: usize>(
    commits: &GroupCommit<String>,
    desk: &Desk,
    names: [&str; N],
) -> ([Result<(), Refusal>; N], Vec<usize>) {
    let founding = Arc::new(Founding { now: desk.clock.now(), sizes: Mutex::default() });
    let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, gate) = (Arc::clone(&entered), Arc::clone(&go_on));
    let first = commits.submit::<(), Refusal, _>(None, move |_| {
        let (inside, gate) = (Arc::clone(&inside), Arc::clone(&gate));
        Box::pin(async move {
            inside.notify_one();
            gate.notified().await;
            Ok(Done::quietly(()))
        })
    });
    let owner = OrganizationId::generate();
    let others = async {
        entered.notified().await;
        let submitted = names.map(|name| {
            let organization =
                Organization { id: OrganizationId::generate(), name: name.to_owned() };
            async { commits.submit_joint(owner, &founding, organization).await?.done().await }
        });
        let open_the_gate = async { go_on.notify_one() };
        // Each is in the queue once it was polled, and they are polled in this order.
        tokio::join!(join_all(submitted), open_the_gate).0
    };
    let (_, came) = tokio::join!(first, others);
    let sizes = founding.sizes.lock().clone();
    (came.try_into().unwrap(), sizes)
}

async fn is_founded(desk: &Desk, name: &str) -> bool {
    let mut tx = desk.store.begin().await.unwrap();
    tx.lookup_organization_by_name(name).await.unwrap().is_some()
}

async fn refuse(commits: &GroupCommit<String>) -> Result<(), Refusal> {
    commits.submit(None, |_| Box::pin(async { Err(Refusal::Refused) })).await
}

on_both_engines! {
    async fn concurrent_writers_share_a_commit(desk) {
        let (commits, published, _tasks) = committer(desk);
        let names: Vec<_> = (0..200).map(|n| format!("org {n}")).collect();
        let came = join_all(names.iter().map(|name| found(&commits, desk, name))).await;
        assert!(came.iter().all(Result::is_ok));
        assert!(commits.commits() < 50, "{} commits", commits.commits());
        let mut told = published.lock().clone();
        told.sort();
        let mut expected = names.clone();
        expected.sort();
        assert_eq!(told, expected);
    }

    async fn a_refused_job_does_not_hurt_its_neighbours(desk) {
        let (commits, published, _tasks) = committer(desk);
        let (first, refused, second) = tokio::join!(
            found(&commits, desk, "first"),
            refuse(&commits),
            found(&commits, desk, "second"),
        );
        assert_eq!((first, refused, second), (Ok(()), Err(Refusal::Refused), Ok(())));
        assert_eq!(*published.lock(), ["first", "second"]);
    }

    async fn a_job_that_fails_after_writing_does_not_hurt_its_neighbours(desk) {
        let (commits, published, _tasks) = committer(desk);
        let (first, taken, second) = tokio::join!(
            found(&commits, desk, "first"),
            found(&commits, desk, "Demo"),
            found(&commits, desk, "second"),
        );
        assert!(matches!(taken, Err(Refusal::Store(_))), "{taken:?}");
        assert_eq!((first, second), (Ok(()), Ok(())));
        assert_eq!(*published.lock(), ["first", "second"]);
    }

    async fn a_job_whose_writes_fail_with_the_commit_does_not_hurt_its_neighbours(desk) {
        let (commits, published, _tasks) = committer(desk);
        let (kept, runs) = (Arc::new(desk.begin("visitor").await), Arc::new(AtomicU32::new(0)));
        let (now, counted) = (desk.clock.now(), Arc::clone(&runs));
        let again = commits.submit::<(), Refusal, _>(None, move |tx| {
            counted.fetch_add(1, Ordering::Relaxed);
            let kept = Arc::clone(&kept);
            Box::pin(async move {
                // A message of this id is there. SQLite is told of it at the commit alone.
                let (organization_id, messages) = (kept.organization_id, &[Arc::clone(&kept)]);
                let (tips, events, seen) = (Vec::new(), &[], &[]);
                tx.write_messages(Written { organization_id, tips, messages, events, seen, now }).await?;
                Ok(Done { value: (), announcements: vec!["again".to_owned()] })
            })
        });
        let (first, taken, second) = tokio::join!(
            found(&commits, desk, "first"),
            again,
            found(&commits, desk, "second"),
        );
        assert!(matches!(taken, Err(Refusal::Store(_))), "{taken:?}");
        assert!(runs.load(Ordering::Relaxed) > 1, "it was not given another look");
        assert_eq!((first, second), (Ok(()), Ok(())));
        assert_eq!(*published.lock(), ["first", "second"]);
        assert!(is_founded(desk, "first").await);
    }

    async fn a_job_that_is_refused_after_writing_leaves_nothing(desk) {
        let (commits, published, _tasks) = committer(desk);
        let (now, runs) = (desk.clock.now(), Arc::new(AtomicU32::new(0)));
        let counted = Arc::clone(&runs);
        let refused: Result<(), Refusal> = commits.submit(None, move |tx| {
            counted.fetch_add(1, Ordering::Relaxed);
            let organization = Organization { id: OrganizationId::generate(), name: "ghost".to_owned() };
            Box::pin(async move {
                tx.insert_organization(&organization, now).await?;
                Err(Refusal::Refused)
            })
        }).await;
        assert_eq!(refused, Err(Refusal::Refused));
        assert!(runs.load(Ordering::Relaxed) > 1, "it was not given another look");
        assert!(!is_founded(desk, "ghost").await);
        assert!(published.lock().is_empty());
    }

    async fn joint_work_of_many_callers_is_done_in_one_run(desk) {
        let (commits, published, _tasks) = committer(desk);
        let (came, sizes) = found_together(&commits, desk, ["first", "second", "third"]).await;
        assert_eq!((came, sizes), ([Ok(()), Ok(()), Ok(())], vec![3]));
        assert_eq!(*published.lock(), ["first", "second", "third"]);
    }

    async fn a_joint_request_is_refused_alone(desk) {
        let (commits, published, _tasks) = committer(desk);
        let (came, sizes) = found_together(&commits, desk, ["first", "refused", "third"]).await;
        assert_eq!((came, sizes), ([Ok(()), Err(Refusal::Refused), Ok(())], vec![3]));
        assert_eq!(*published.lock(), ["first", "third"]);
    }

    async fn a_joint_request_fails_alone(desk) {
        let (commits, published, _tasks) = committer(desk);
        let (came, sizes) = found_together(&commits, desk, ["first", "Demo", "third"]).await;
        assert!(matches!(came, [Ok(()), Err(Refusal::Store(_)), Ok(())]), "{came:?}");
        assert_eq!(*published.lock(), ["first", "third"]);
        assert_eq!((sizes[0], sizes[1]), (3, 1), "each was to try alone: {sizes:?}");
    }

    async fn a_panic_hurts_its_own_caller_alone(desk) {
        let (commits, _published, _tasks) = committer(desk);
        let panicking = commits.submit(None, |_| Box::pin(async { panic!("a bug") }));
        let (first, panicked, second): (_, Result<(), Refusal>, _) =
            tokio::join!(found(&commits, desk, "first"), panicking, found(&commits, desk, "second"));
        assert!(matches!(panicked, Err(Refusal::Store(_))));
        assert_eq!((first, second), (Ok(()), Ok(())));
    }

    async fn a_caller_that_vanished_is_kept_and_announced_all_the_same(desk) {
        let (commits, published, tasks) = committer(desk);
        let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (inside, gate) = (Arc::clone(&entered), Arc::clone(&go_on));
        let now = desk.clock.now();
        let organization = Organization { id: OrganizationId::generate(), name: "kept".to_owned() };
        let submitted = commits.submit::<(), Refusal, _>(None, move |tx| {
            let (organization, inside, gate) = (organization.clone(), Arc::clone(&inside), Arc::clone(&gate));
            Box::pin(async move {
                inside.notify_one();
                gate.notified().await;
                tx.insert_organization(&organization, now).await?;
                Ok(Done { value: (), announcements: vec!["kept".to_owned()] })
            })
        });
        tokio::select! {
            _ = submitted => panic!("answered before it was let go on"),
            () = entered.notified() => {}
        }
        go_on.notify_one();
        commits.close();
        tasks.close();
        tasks.wait().await;
        assert_eq!(*published.lock(), ["kept"]);
        assert!(is_founded(desk, "kept").await);
    }

    async fn what_waits_at_the_end_is_committed_and_nothing_more_is_taken(desk) {
        let (commits, published, tasks) = committer(desk);
        let names: Vec<_> = (0..50).map(|n| format!("org {n}")).collect();
        let waiting = names.iter().map(|name| found(&commits, desk, name));
        let close = async {
            tokio::task::yield_now().await;
            commits.close();
        };
        let (came, ()) = tokio::join!(join_all(waiting), close);
        tasks.close();
        tasks.wait().await;
        assert_eq!(came.iter().filter(|one| one.is_ok()).count(), published.lock().len());
        assert!(matches!(found(&commits, desk, "late").await, Err(Refusal::Store(_))));
    }

    async fn without_the_database_nobody_is_told_that_it_is_kept(desk) {
        let (commits, published, _tasks) = committer(desk);
        desk.store.close().await;
        let came = found(&commits, desk, "lost").await;
        assert!(matches!(came, Err(Refusal::Store(_))), "{came:?}");
        let again = found(&commits, desk, "lost again").await;
        assert!(matches!(again, Err(Refusal::Store(_))), "the committer is gone: {again:?}");
        assert!(published.lock().is_empty());
    }

    async fn a_probe_leaves_no_trace(desk) {
        desk.store.probe(desk.clock.now()).await.unwrap();
        let mut tx = desk.store.begin().await.unwrap();
        assert_eq!(tx.delete_nodes(desk.clock.now().plus_ms(1)).await.unwrap(), 0);
        tx.touch_node(NodeId::generate(), desk.clock.now()).await.unwrap();
        tx.rollback().await.unwrap();
    }
}
