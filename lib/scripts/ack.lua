#!lua flags=allow-oom
-- ack: events of a slot's orders are acknowledged, and no longer due.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3.. `<id>.<sequence>` of each event
--
-- Answers SETTLED and how many of them were still due.

--@ head.lua

return 'SETTLED ' .. call('ZREM', KEYS[2], unpack(ARGV, 3))
