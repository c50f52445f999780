#!lua flags=allow-oom
-- ack: Kafka has acknowledged events of a slot's orders, and they are no longer
-- due.  The first event of a record needs this script only if a ZREM has not
-- found it.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3.. `<id>.<sequence>` of each event
--
-- Answers ACKED and the number of those events that were still due.

--@ head.lua

return 'ACKED ' .. call('ZREM', KEYS[2], unpack(ARGV, 3))
