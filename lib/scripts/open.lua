-- open: an operator has checked a closed slot, and opens it.
--
-- KEYS: 1 slot
--
-- The version jumps past any that a gateway may know, and what workers saw
-- recorded before (f) is no longer asked for.  Answers OPENED, the version and
-- the reason it was closed for, or OPEN.

local slot = redis.call('HMGET', KEYS[1], 'v', 'c')

if not slot[2] then return 'OPEN' end

local known = tonumber(string.match(slot[2], '^regressed (%d+)$') or 0)
local version = math.max(tonumber(slot[1] or 0), known) + 1048576 .. ''

redis.call('HDEL', KEYS[1], 'c')
redis.call('HSET', KEYS[1], 'v', version, 'f', version)

return 'OPENED ' .. version .. ' ' .. slot[2]
