#!lua flags=no-writes
-- state: all that a slot is, at one moment.
--
-- KEYS: 1 slot  2 due
--
-- Answers the shard's clock, in ms; the slot's fields and values; what is due.

local call = redis.call
local time = call('TIME')

return {
  time[1] * 1000 + (time[2] - time[2] % 1000) / 1000 .. '',
  call('HGETALL', KEYS[1]),
  call('ZRANGE', KEYS[2], 0, -1)
}
