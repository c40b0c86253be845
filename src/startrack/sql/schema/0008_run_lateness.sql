-- How many seconds after the time at which it was due a run began; null where no schedule started it.
alter table runs add column late_seconds integer
