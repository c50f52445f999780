#!lua flags=no-writes
-- dump_slot: all that a slot is, at one moment.
--
-- KEYS: 1 slot  2 due
--
-- Answers the shard's clock, in ms; the slot's fields and values; what is due;
-- and who asks about carts: the id of each hold that is HELD is among them.

local call = redis.call
--@ clock.lua
--@ prefix.lua

return {
  now .. '',
  call('HGETALL', KEYS[1]),
  call('ZRANGE', KEYS[2], 0, -1),
  call('ZRANGE', prefix .. 'asks', 0, -1)
}
