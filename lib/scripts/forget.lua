#!lua flags=allow-oom
-- forget: deletes entries of buyers of a SKU, some at a time, that its limit no
-- longer needs.  That is so once its sale is over; if the sale has no end, once
-- the buyer's latest order is old enough.  An entry stays while it locks the
-- buyer, and while the latest order is not acknowledged, or has a hold that is
-- HELD.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 bought:<sku>
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 sku  4 ms behind the end of its sale  5 ms behind the latest order of
--       a buyer, '': never  6 cursor, 0 to begin  7 buyers at most, about
--
-- Answers FORGOT, the number of entries deleted, and the cursor to go on with,
-- 0 if there are no more.
--
-- An entry that reconcile has restored has no time of the latest order.  The
-- script sets it to now.

local call = redis.call
--@ slot_fields.lua
local sku, behind_end, behind_order, cursor, most = unpack(ARGV, 3)
local slot = call('HMGET', KEYS[1], VERSION, CLOSED, 'closes|' .. sku)
--@ regressed.lua

if slot[2] then return 'CLOSED ' .. slot[2] end

--@ clock.lua
local closes, n = slot[3], 0
--@ prefix.lua

local function over(deadline)
  if closes then return now >= closes + behind_end end
  return behind_order ~= '' and now >= deadline + behind_order
end

local function locked(deadline, id)
  return now < tonumber(deadline) or call('ZSCORE', KEYS[2], id .. '.1')
    or string.sub(call('GET', prefix .. 'hold:' .. id) or '', 1, 5) == 'HELD '
end

local page = call('HSCAN', KEYS[4], cursor, 'COUNT', most)

for i = 1, #page[2], 2 do
  local buyer = page[2][i]
  local had, deadline, id = string.match(page[2][i + 1], '^(%d+) (%d+) (%S+)$')
  if deadline == '0' and not closes and behind_order ~= '' then
    call('HSET', KEYS[4], buyer, had .. ' ' .. now .. ' ' .. id)
  elseif deadline and over(deadline) and not locked(deadline, id) then
    call('HDEL', KEYS[4], buyer)
    n = n + 1
  end
end

return 'FORGOT ' .. n .. ' ' .. page[1]
