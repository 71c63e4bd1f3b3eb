//! What the queries of search have in common.

/// Whether a conversation is anything else by now than what its document says, or has none. The index of those that are has
/// the same words for it, and both engines use it only where they read them.
macro_rules! unindexed_sql {
    ($c:literal) => {
        concat!(
            "case when ",
            $c,
            ".indexed_at = ",
            $c,
            ".updated_at and ",
            $c,
            ".indexed_seq = ",
            $c,
            ".seq ",
            "and ",
            $c,
            ".indexed_status = ",
            $c,
            ".status then 0 else 1 end = 1"
        )
    };
}

/// Whether a word is in what is known of the visitor of a conversation, in a message or in a digest of messages. These are
/// asked for in subqueries that give a value, which no planner can turn into a look at all messages.
macro_rules! said_sql {
    ($c:literal, $word:literal) => {
        concat!(
            "coalesce((select 1 from contacts k where k.id = ",
            $c,
            ".contact_id and k.words like ",
            $word,
            "), ",
            "(select 1 from messages m where m.conversation_id = ",
            $c,
            ".id ",
            "and m.seq > ",
            $c,
            ".digested_seq and m.words like ",
            $word,
            " limit 1), ",
            "(select 1 from conversation_digests g where g.conversation_id = ",
            $c,
            ".id ",
            "and g.words like ",
            $word,
            " limit 1)) is not null"
        )
    };
}

pub(super) use {said_sql, unindexed_sql};
