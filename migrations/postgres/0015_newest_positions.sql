-- Here the position of the newest event about a conversation is still found by an index: while nodes are upgraded one after another,
-- those of the old version write events, and would not write it anywhere else.
select 1;
