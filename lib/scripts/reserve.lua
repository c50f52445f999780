-- reserve: a slot holds the items that it has of an order whose home is another.
--
-- KEYS: as of place, but 4 the hold, 5 the same
-- ARGV: as of place, but of the items of this slot, and
--       4, 5, 9 are not used  8 ms until the home is asked, '' to only look
--       10 the items, as an order
--
-- A hold is `<HELD, SOLD or FREED> <version> <deadline>`, and below it the items.
--
-- Answers HELD and the version; FREED: it was given up before; NONE: only
-- looked, and it may be sold; or a refusal as place does.

local call, pcall = redis.call, redis.pcall

--@ offer.lua

local hold = call('GET', KEYS[4])

if hold then
  local state, at = string.match(hold, '^(%u+) (%d+) ')
  if state == 'FREED' then return 'FREED' end
  if slot[2] then return 'CLOSED ' .. slot[2] end
  pcall('HSET', KEYS[1], 'v', version)
  return 'HELD ' .. at
end

if ok then
  local made = pcall('SET', KEYS[4], 'HELD ' .. version + 1 .. ' ' .. ARGV[7]
    .. '\n' .. ARGV[10])
  if made.err then return made end
  call('ZADD', string.sub(KEYS[1], 1, -5) .. 'asks', now + ARGV[8] .. '',
    ARGV[3])
  call('HSET', KEYS[1], 'v', version + 1 .. '')
  --@ hold.lua
  return 'HELD ' .. version + 1
end

--@ refused.lua

return slot[2] and 'CLOSED ' .. slot[2]
  or refusal()
  or 'NONE'
