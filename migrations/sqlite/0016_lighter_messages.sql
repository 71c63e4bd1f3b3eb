-- Here what a row names is found in memory, and nothing is locked for it.
select 1;
