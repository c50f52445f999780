-- open: an operator has checked a closed slot, and opens it.
--
-- KEYS: 1 slot
-- ARGV: 1 'keep' leaves the version as it is, if the slot was closed only for
--       an inspection
--       2 a version that the slot is known to have had, or none
--
-- The version jumps past any that a gateway may have seen.  The field f keeps
-- it: records that workers saw before it are no longer asked for
-- (regressed.lua).  Events whose record is gone can no longer be published, and
-- are no longer due.  A hold that is gone can't be sold, and becomes FREED.
-- Answers OPENED, the version and the reason why the slot was closed; or OPEN
-- if it was not.

local call = redis.call
--@ slot_fields.lua
--@ prefix.lua
local how, least = ARGV[1], ARGV[2]
local slot = call('HMGET', KEYS[1], VERSION, CLOSED)

if not slot[2] then return 'OPEN' end

call('HDEL', KEYS[1], CLOSED, SURVIVED)

if how == 'keep' and slot[2] == 'reconcile' then
  return 'OPENED ' .. (slot[1] or '0') .. ' ' .. slot[2]
end

local known = tonumber(string.match(slot[2], '^regressed (%d+)$') or 0)
local version = math.max(tonumber(slot[1] or 0), known,
  tonumber(least or 0)) + 1048576 .. ''

if string.match(slot[2], '^lost ') then
  for _, event in ipairs(call('ZRANGE', prefix .. 'due', 0, -1)) do
    local order = prefix .. 'order:' .. string.match(event, '^[^.]*')
    if call('EXISTS', order) == 0 then
      call('ZREM', prefix .. 'due', event)
    end
  end
end

local hold = string.match(slot[2], '^lost hold (%S+)$')

if hold then
  call('SET', prefix .. 'hold:' .. hold,
    'FREED 0 0\n', 'PX', 86400000)
end

call('HSET', KEYS[1], VERSION, version, OPENED, version)

return 'OPENED ' .. version .. ' ' .. slot[2]
