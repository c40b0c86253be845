-- What a run cost by kind of request (others are REST calls, lists among them, and whatever was sent again),
-- the batch sizes it ended with, and the seconds it waited.
alter table runs add column light_requests integer;
alter table runs add column details_requests integer;
alter table runs add column commits_requests integer;
alter table runs add column other_requests integer;
alter table runs add column light_batch integer;
alter table runs add column details_batch integer;
alter table runs add column commits_batch integer;
alter table runs add column waited double
