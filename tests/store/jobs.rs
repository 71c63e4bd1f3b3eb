//! Jobs, conversations that sleep, and summaries: nothing is done twice, and nothing is forgotten.

use std::collections::HashSet;
use std::time::Duration;

use switchboard::domain::{
    ApiKeyId, ConversationId, ConversationStatus, EventKind, Job, Program, Tags, Task,
};
use switchboard::service::{Draft, ServiceError, ServiceLimits, Services};

use super::{Desk, on_both_engines};

const LEASE_MS: i64 = 30_000;

/// Services of a server that has conversations summarized.
fn summarizing(desk: &Desk) -> Services {
    desk.services_with(ServiceLimits { summarize_closed: true, ..ServiceLimits::default() })
}

/// A conversation that was closed.
async fn closed(desk: &Desk, services: &Services, external_id: &str) -> ConversationId {
    let id = desk.begin(external_id).await.conversation_id;
    services.resolve_conversation(desk.ada(), id, Tags::default()).await.unwrap();
    id
}

async fn claim(services: &Services) -> Vec<Job> {
    services.claim_jobs(LEASE_MS, 100).await.unwrap()
}

fn tasks(jobs: &[Job]) -> Vec<Task> {
    jobs.iter().map(|job| job.task).collect()
}

fn program(desk: &Desk) -> Program {
    Program {
        organization_id: desk.ada().organization_id,
        key_id: ApiKeyId::generate(),
        user_id: None,
        channel_id: None,
    }
}

fn draft(text: &str) -> Draft {
    Draft { bullets: vec![text.to_owned()], model: "small-1".to_owned() }
}

/// Puts a conversation off for so long; `None` is until its visitor writes.
async fn snooze(desk: &Desk, id: ConversationId, ms: Option<i64>) {
    let change = switchboard::service::ConversationChange {
        status: Some(ConversationStatus::Snoozed),
        snoozed_until: ms.map(|ms| desk.clock.now().plus_ms(ms)),
        ..Default::default()
    };
    desk.services.change_conversation(program(desk), id, change).await.unwrap();
    desk.heard.announcements.lock().clear();
}

/// The conversations that were told to be open.
fn woken(desk: &Desk) -> Vec<ConversationId> {
    let announcements = desk.heard.announcements.lock();
    let open = announcements.iter().filter_map(|one| match &one.event.kind {
        EventKind::ConversationUpdated(state) if state.status == ConversationStatus::Open => {
            Some(state.id)
        }
        _ => None,
    });
    open.collect()
}

on_both_engines! {
    async fn the_end_of_a_conversation_asks_for_its_summary_where_there_are_any(desk) {
        closed(desk, &desk.services, "without").await;
        let services = summarizing(desk);
        assert!(claim(&services).await.is_empty());
        let id = closed(desk, &services, "with").await;
        assert_eq!(tasks(&claim(&services).await), [Task::Summarize(id)]);
    }

    async fn a_job_is_nobody_elses_until_its_lease_runs_out(desk) {
        let services = summarizing(desk);
        let id = closed(desk, &services, "a").await;
        let lost = claim(&services).await.remove(0);
        assert!(claim(&services).await.is_empty());
        assert_eq!(services.next_job().await.unwrap(), Some(lost.leased_until));
        desk.clock.advance_ms(LEASE_MS);
        let found = claim(&services).await.remove(0);
        assert_eq!((found.task, found.attempts), (Task::Summarize(id), 2));
        // Whoever had it first and comes late changes nothing.
        services.postpone_job(lost, desk.clock.now(), 0).await.unwrap();
        assert!(claim(&services).await.is_empty());
        services.end_job(found.id).await.unwrap();
        assert_eq!(services.next_job().await.unwrap(), None);
    }

    async fn a_job_that_is_put_back_waits_its_time(desk) {
        let services = summarizing(desk);
        closed(desk, &services, "a").await;
        let job = claim(&services).await.remove(0);
        services.postpone_job(job, desk.clock.now().plus_ms(5_000), 1).await.unwrap();
        assert!(claim(&services).await.is_empty());
        desk.clock.advance_ms(5_000);
        assert_eq!(claim(&services).await[0].attempts, 2);
    }

    async fn what_is_asked_for_again_is_done_again_and_once(desk) {
        let services = summarizing(desk);
        let id = closed(desk, &services, "a").await;
        let first = claim(&services).await.remove(0);
        // While it is being done, the visitor comes back, and the conversation is closed again.
        desk.visitor_says(id, "a", "one more thing").await.unwrap();
        services.resolve_conversation(desk.ada(), id, Tags::default()).await.unwrap();
        services.end_job(first.id).await.unwrap();
        let again = claim(&services).await;
        assert_eq!(tasks(&again), [Task::Summarize(id)]);
        assert_eq!(again[0].attempts, 1);
        assert_eq!(services.pending_jobs().await.unwrap(), 1);
    }

    async fn servers_that_claim_at_once_share_no_job(desk) {
        let services = summarizing(desk);
        for number in 0..6 {
            closed(desk, &services, &format!("v{number}")).await;
        }
        let now = desk.clock.now();
        let until = now.plus_ms(LEASE_MS);
        let mut first = desk.store.begin().await.unwrap();
        let taken = first.claim_jobs(now, until, 4).await.unwrap();
        let second = async {
            let mut tx = desk.store.begin().await.unwrap();
            let claimed = tx.claim_jobs(now, until, 6).await.unwrap();
            tx.commit().await.unwrap();
            claimed
        };
        let commit = async {
            // The second one has long begun when the first one ends.
            tokio::time::sleep(Duration::from_millis(200)).await;
            first.commit().await.unwrap();
        };
        let (rest, ()) = tokio::join!(second, commit);
        assert_eq!((taken.len(), rest.len()), (4, 2));
        assert!(rest.iter().all(|job| !taken.contains(job)));
    }

    async fn of_two_servers_at_work_each_does_its_jobs_and_takes_over_the_others(desk) {
        let (one, other) = (summarizing(desk), summarizing(desk));
        for number in 0..40 {
            closed(desk, &one, &format!("v{number}")).await;
        }
        let claim_all = async |services: &Services| {
            let mut claimed = Vec::new();
            while services.next_job().await.unwrap().is_some_and(|due| due <= desk.clock.now()) {
                claimed.extend(services.claim_jobs(LEASE_MS, 3).await.unwrap());
            }
            claimed
        };
        let (mine, lost) = tokio::join!(claim_all(&one), claim_all(&other));
        let all: HashSet<_> = mine.iter().chain(&lost).map(|job| job.id).collect();
        assert_eq!((all.len(), mine.len() + lost.len()), (40, 40), "each job once");
        // The other one dies, and its lease runs out.
        for job in mine {
            one.end_job(job.id).await.unwrap();
        }
        desk.clock.advance_ms(LEASE_MS);
        let taken_over = claim_all(&one).await;
        let again: HashSet<_> = taken_over.iter().map(|job| job.id).collect();
        assert_eq!(again, lost.iter().map(|job| job.id).collect());
        assert!(taken_over.iter().all(|job| job.attempts == 2));
    }

    async fn a_conversation_sleeps_for_its_time_and_wakes_once(desk) {
        let id = desk.begin("a").await.conversation_id;
        snooze(desk, id, Some(60_000)).await;
        let due = desk.clock.now().plus_ms(60_000);
        assert_eq!(desk.services.next_job().await.unwrap(), Some(due));
        desk.clock.advance_ms(59_999);
        desk.services.wake_snoozed().await.unwrap();
        assert!(woken(desk).is_empty());
        desk.clock.advance_ms(1);
        // Two nodes look at once.
        let other = desk.services_with(ServiceLimits::default());
        let (one, two) = tokio::join!(desk.services.wake_snoozed(), other.wake_snoozed());
        assert!(one.is_ok() && two.is_ok());
        desk.services.wake_snoozed().await.unwrap();
        assert_eq!(woken(desk), [id]);
        let detail = desk.services.get_conversation_for_program(program(desk), id).await.unwrap();
        assert_eq!((detail.state.status, detail.snoozed_until), (ConversationStatus::Open, None));
        assert_eq!(desk.services.next_job().await.unwrap(), None);
    }

    async fn who_nobody_looked_after_in_time_wakes_late(desk) {
        let mut ids = Vec::new();
        for number in 0..3 {
            let id = desk.begin(&format!("v{number}")).await.conversation_id;
            snooze(desk, id, Some(60_000)).await;
            ids.push(id);
        }
        desk.clock.advance_ms(24 * 3_600_000);
        desk.services.wake_snoozed().await.unwrap();
        let mut told = woken(desk);
        told.sort();
        assert_eq!(told, ids);
    }

    async fn who_sleeps_until_the_visitor_writes_or_was_opened_meanwhile_has_no_timer(desk) {
        let (asleep, opened) =
            (desk.begin("a").await.conversation_id, desk.begin("b").await.conversation_id);
        snooze(desk, asleep, None).await;
        snooze(desk, opened, Some(60_000)).await;
        desk.visitor_says(opened, "b", "I am back").await.unwrap();
        desk.heard.announcements.lock().clear();
        assert_eq!(desk.services.next_job().await.unwrap(), None);
        desk.clock.advance_ms(3_600_000);
        desk.services.wake_snoozed().await.unwrap();
        assert!(woken(desk).is_empty());
    }

    async fn the_summary_that_knows_more_stays(desk) {
        let services = &desk.services;
        let id = desk.begin("a").await.conversation_id;
        let missing = services.summary(program(desk), id).await.unwrap_err();
        assert!(matches!(missing, ServiceError::NotFound(_)));
        let early = services.thread(id).await.unwrap().unwrap();
        desk.visitor_says(id, "a", "thanks").await.unwrap();
        let late = services.thread(id).await.unwrap().unwrap();
        assert_eq!((early.seq, late.seq), (1, 2));
        services.keep_summary(&late, draft("late")).await.unwrap();
        services.keep_summary(&early, draft("early")).await.unwrap();
        assert_eq!(services.summary(program(desk), id).await.unwrap().bullets, ["late"]);
        let newer = services.keep_summary(&late, draft("newer")).await.unwrap();
        assert_eq!(services.summary(program(desk), id).await.unwrap(), newer);
    }

    async fn of_a_long_conversation_the_beginning_and_the_end_are_read(desk) {
        let id = desk.begin("a").await.conversation_id;
        for number in 2..=450 {
            desk.visitor_says(id, "a", &format!("message {number}")).await.unwrap();
        }
        let thread = desk.services.thread(id).await.unwrap().unwrap();
        let read: Vec<i64> = thread.messages.iter().map(|message| message.seq).collect();
        let expected: Vec<i64> = (1..=20).chain(51..=450).collect();
        assert_eq!((read, thread.seq), (expected, 450));
    }

    async fn nobody_reads_the_summary_of_another_organization(desk) {
        let id = desk.begin("a").await.conversation_id;
        let thread = desk.services.thread(id).await.unwrap().unwrap();
        desk.services.keep_summary(&thread, draft("ours")).await.unwrap();
        let stranger = desk.stranger().await;
        let theirs = Program { organization_id: stranger.organization_id, ..program(desk) };
        for refused in [
            desk.services.summary(theirs, id).await.map(drop),
            desk.services.thread_for_program(theirs, id).await.map(drop),
        ] {
            assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
        }
    }
}
