-- open: an operator has checked a closed slot, and opens it.
--
-- KEYS: 1 slot
-- ARGV: 1 'keep' leaves the version as it is, of a slot that was closed only
--       to be looked at
--
-- The version jumps past any that a gateway may know, and what workers saw
-- recorded before (f) is no longer asked for.  Events whose record is gone can
-- no longer be published.  Answers OPENED, the version and the reason it was
-- closed for, or OPEN.

local slot = redis.call('HMGET', KEYS[1], 'v', 'c')

if not slot[2] then return 'OPEN' end

redis.call('HDEL', KEYS[1], 'c', 'r')

if ARGV[1] == 'keep' and slot[2] == 'reconcile' then
  return 'OPENED ' .. (slot[1] or '0') .. ' ' .. slot[2]
end

local known = tonumber(string.match(slot[2], '^regressed (%d+)$') or 0)
local version = math.max(tonumber(slot[1] or 0), known) + 1048576 .. ''

if string.match(slot[2], '^lost ') then
  local keys = string.sub(KEYS[1], 1, -5)
  for _, event in ipairs(redis.call('ZRANGE', keys .. 'due', 0, -1)) do
    local order = keys .. 'order:' .. string.match(event, '^[^.]*')
    if redis.call('EXISTS', order) == 0 then
      redis.call('ZREM', keys .. 'due', event)
    end
  end
end

redis.call('HSET', KEYS[1], 'v', version, 'f', version)

return 'OPENED ' .. version .. ' ' .. slot[2]
