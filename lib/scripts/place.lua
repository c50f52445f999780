-- place: reserve the items of an order, all in one slot, and record it.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the order's record
--       5 the Idempotency-Key's  6.. bought:<sku> of each item
-- ARGV: 1 version known  2 version of the last record seen, or ''
--       3 id  4 fingerprint  5 ms the Idempotency-Key lives, '' for no key
--       6 buyer  7 deadline, ms of the shard's clock; the buyer's lock holds
--       until then  8 ms of the lease, '' to only look for a record
--       9 ms the record lives, '' for ever
--       10 headers of the event, and in the lines below the order
--       11.. the quantity of each item
--       then the fields of the slot to read: of each item available|, limit|,
--       opens|, closes|<sku>
--
-- Answers the record's header, `PLACED 1 <fingerprint> <version> <placed at>`,
-- or RECORD, REUSED (replay.lua), or a refusal: EARLY and the ms to wait,
-- UNKNOWN, OVER, LIMIT, SOLDOUT and the positions of the items, LATE and the
-- shard's clock, NONE when there is no record.
--
-- All is read and decided before the first write, and that write is the
-- replay check too: only a refusal has to look for a record.  What is seldom
-- done stands at the end, so that an order does not pay for its functions.

local call, pcall = redis.call, redis.pcall

local items = #KEYS - 5
local slot = call('HMGET', KEYS[1], 'v', 'c', unpack(ARGV, 11 + items))
local version = tonumber(slot[1] or 0)
--@ regressed.lua

local time = call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
local ok = not slot[2] and now <= tonumber(ARGV[7]) and ARGV[8] ~= ''
local had, locked, early = {}, false, 0

for i = 1, items do
  local quantity, f = tonumber(ARGV[10 + i]), 4 * i - 1
  local bought = call('HGET', KEYS[5 + i], ARGV[6])
  had[i] = 0
  if bought then
    local n, deadline, id = string.match(bought, '^(%d+) (%d+) (%S+)$')
    had[i] = tonumber(n)
    -- the buyer's lock, until that order's first event is acknowledged
    if now < tonumber(deadline) and call('ZSCORE', KEYS[2], id .. '.1') then
      locked = true
    end
  end
  if slot[f + 2] then
    -- Lua writes no integer of more than 14 digits
    early = math.max(early, math.min(slot[f + 2] - now, 99999999999999))
  end
  ok = ok and not locked and early == 0
    and slot[f] and tonumber(slot[f]) >= quantity
    and not (slot[f + 1] and had[i] + quantity > tonumber(slot[f + 1]))
    and not (slot[f + 3] and now >= tonumber(slot[f + 3]))
end

local made = false
if ok then
  local header = 'PLACED 1 ' .. ARGV[4] .. ' ' .. version + 1 .. ' ' .. now
  local record = header .. '\n' .. ARGV[10]
  --@ record.lua
  if made and made.ok then
    for i = 1, items do
      local f = 4 * i - 1
      call('HSET', KEYS[1], 'v', version + 1 .. '',
        ARGV[8 + items + f], slot[f] - ARGV[10 + i] .. '')
      call('HSET', KEYS[5 + i], ARGV[6],
        had[i] + ARGV[10 + i] .. ' ' .. ARGV[7] .. ' ' .. ARGV[3])
    end
    return header
  end
end

--@ replay.lua

local function refused(verdict, rule)
  local at = ''
  for i = 1, items do
    if rule(4 * i - 1, tonumber(ARGV[10 + i]), had[i]) then
      at = at .. ' ' .. i
    end
  end
  return at ~= '' and verdict .. at
end

return before()
  or made
  or slot[2] and 'CLOSED ' .. slot[2]
  or ARGV[8] == '' and 'NONE'
  or now > tonumber(ARGV[7]) and 'LATE ' .. now
  or refused('UNKNOWN', function(f) return not slot[f] end)
  or early > 0 and 'EARLY ' .. early
  or refused('OVER', function(f)
    return slot[f + 3] and now >= tonumber(slot[f + 3]) end)
  or locked and 'LOCKED'
  or refused('LIMIT', function(f, quantity, had)
    return slot[f + 1] and had + quantity > tonumber(slot[f + 1]) end)
  or refused('SOLDOUT', function(f, quantity)
    return tonumber(slot[f]) < quantity end)
