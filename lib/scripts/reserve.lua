-- reserve: this slot is a participant of an order, and holds the items that the
-- order has in it.
--
-- KEYS: as of place, but 4 the hold, 5 is not used
-- ARGV: as of place, but of the items of this slot, and
--       4 hash of the Idempotency-Key, or ''  5, 9 are not used
--       8 ms until the sweeper asks home for the outcome  10 the items, as an
--       order
--
-- A hold is `<HELD, SOLD or FREED> <version> <deadline>`, and that hash behind
-- it; below it are the items.
--
-- Answers HELD and the version; FREED: the hold was released before this call
-- came; or a refusal as place does.  PENDING: the slot holds, or has just sold,
-- that item for this buyer and Idempotency-Key.

local call, pcall = redis.call, redis.pcall
local mine = ARGV[4]

--@ check_stock.lua

local new, hold = version + 1 .. ''
--@ allowed.lua
local no = ok
  and forbidden({ 'HSET', KEYS[1], VERSION, 1 }, { 'ZADD', KEYS[2], 1, 'a' })
if no then return no end

if ok then
  hold = pcall('SET', KEYS[4], 'HELD ' .. new .. ' ' .. deadline
    .. (mine ~= '' and ' ' .. mine or '') .. '\n' .. text, 'NX', 'GET')
  if not hold then
    call('ZADD', prefix .. 'asks', now + lease .. '',
      id)
    --@ reserve_units.lua
    return 'HELD ' .. new
  end
  if hold.err then return hold end
else
  hold = call('GET', KEYS[4])
end

--@ master.lua

if hold then
  local state, at = string.match(hold, '^(%u+) (%d+) ')
  if state == 'FREED' then return 'FREED' end
  if slot[2] then return 'CLOSED ' .. slot[2] end
  pcall('HSET', KEYS[1], VERSION, version)
  return 'HELD ' .. at
end

--@ explain_refusal.lua

return slot[2] and 'CLOSED ' .. slot[2]
  or refusal()
