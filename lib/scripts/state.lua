#!lua flags=no-writes
-- state: all that a slot is, at one moment.
--
-- KEYS: 1 slot  2 due
--
-- Answers the shard's clock, in ms; the slot's fields and values; what is due;
-- and who asks about carts: the id of each hold that is HELD is among them.

local call = redis.call
local time = call('TIME')

return {
  time[1] * 1000 + (time[2] - time[2] % 1000) / 1000 .. '',
  call('HGETALL', KEYS[1]),
  call('ZRANGE', KEYS[2], 0, -1),
  call('ZRANGE', string.sub(KEYS[1], 1, -5) .. 'asks', 0, -1)
}
