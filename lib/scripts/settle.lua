#!lua flags=allow-oom
-- settle: events of a slot's orders are acknowledged, and no longer due.
--
-- KEYS: 1 slot  2 due
-- ARGV: 1 version known  2.. `<id>.<sequence>` of each event
--
-- Answers SETTLED and how many of them were still due.

local call = redis.call
local version = tonumber(call('HGET', KEYS[1], 'v') or 0)
--@ regressed.lua

return 'SETTLED ' .. call('ZREM', KEYS[2], unpack(ARGV, 2))
