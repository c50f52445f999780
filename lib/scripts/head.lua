-- The head of a script that works in one slot and needs no stock at first.  It
-- reads the slot's version and state, and notices a loss.
-- KEYS: 1 slot  3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
-- Sets call, pcall, prefix, slot, version, and the names of slot_fields.lua.
local call, pcall = redis.call, redis.pcall
--@ slot_fields.lua
local slot = call('HMGET', KEYS[1], VERSION, CLOSED)
--@ prefix.lua
--@ regressed.lua
