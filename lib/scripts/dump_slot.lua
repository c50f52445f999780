#!lua flags=no-writes
-- dump_slot: the whole state of a slot, at one moment.
--
-- KEYS: 1 slot  2 due
--
-- Answers the shard's clock, in ms; the slot's fields and values; the events
-- that are due; and the in-doubt list, which has the id of each hold that is
-- HELD.

local call = redis.call
--@ clock.lua
--@ prefix.lua

return {
  now .. '',
  call('HGETALL', KEYS[1]),
  call('ZRANGE', KEYS[2], 0, -1),
  call('ZRANGE', prefix .. 'asks', 0, -1)
}
