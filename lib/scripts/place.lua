-- place: reserve the items of an order, all in one slot, and record it.
--
-- KEYS: 1 slot  2 due  3 the order's record  4 the last record seen
--       5 the Idempotency-Key's  6.. bought:<sku> of each item
-- ARGV: 1 version known  2 version of the last record seen, or ''
--       3 id  4 fingerprint  5 ms the Idempotency-Key lives, '' for no key
--       6 buyer  7 deadline, ms of the shard's clock  8 ms of the lease
--       9 ms the record lives, '' for ever  10 ms of the buyer's lock
--       11 'place', or 'replay' to only look for an order made before
--       12 headers of the event, and in the lines below the order
--       13.. the quantity of each item
--       then the fields of the slot to read: v, c, and for each item
--       available|, limit|, opens|, closes|<sku>
--
-- Answers the record's header, `PLACED 1 <fingerprint> <version> <placed at>`,
-- or RECORD, REUSED (replay.lua), or a refusal: EARLY and the ms to wait,
-- UNKNOWN, OVER, LIMIT, SOLDOUT and the positions of the items, LATE and the
-- shard's clock.
--
-- All is read and decided before the first write, and that write is the
-- replay check too: only a refusal has to look for a record.
--@ common.lua
--@ replay.lua

local items = #KEYS - 5
local slot = call('HMGET', KEYS[1], unpack(ARGV, 13 + items))
local version = tonumber(slot[1] or 0)

if version < tonumber(ARGV[1]) or vanished(KEYS[4], ARGV[2]) then
  return regressed(ARGV[1])
end
if slot[2] then return before_closed(slot[2]) end
if ARGV[11] == 'replay' then return before() or 'NONE' end

local now = clock()
if now > tonumber(ARGV[7]) then return before() or 'LATE ' .. now end

-- The rules, each of one item: what is asked for, the field of the slot where
-- its stock begins, what the buyer has.
local had, locked, early, ok = {}, false, 0, true

for i = 1, items do
  local quantity, f = tonumber(ARGV[12 + i]), 4 * i - 1
  local bought = call('HGET', KEYS[5 + i], ARGV[6])
  had[i] = 0
  if bought then
    local n, at, id = string.match(bought, '^(%d+) (%d+) (%S+)$')
    had[i] = tonumber(n)
    -- the buyer's lock: until that order's first event is acknowledged
    if now < at + ARGV[10] and call('ZSCORE', KEYS[2], id .. '.1') then
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

if not ok then
  local function refused(verdict, rule)
    local at = ''
    for i = 1, items do
      if rule(4 * i - 1, tonumber(ARGV[12 + i]), had[i]) then
        at = at .. ' ' .. i
      end
    end
    return at ~= '' and verdict .. at
  end
  return before()
    or refused('UNKNOWN', function(f) return not slot[f] end)
    or early > 0 and 'EARLY ' .. early
    or refused('OVER', function(f)
      return slot[f + 3] and now >= tonumber(slot[f + 3]) end)
    or locked and 'LOCKED'
    or refused('LIMIT', function(f, quantity, had)
      return slot[f + 1] and had + quantity > tonumber(slot[f + 1]) end)
    or refused('SOLDOUT', function(f, quantity)
      return tonumber(slot[f]) < quantity end)
end

version = version + 1 .. ''
now = now .. ''

local header = 'PLACED 1 ' .. ARGV[4] .. ' ' .. version .. ' ' .. now
local answer = record_made(header .. '\n' .. ARGV[12], ARGV[9])
if answer then return answer end

local changed = { 'v', version }
for i = 1, items do
  local f = 4 * i - 1
  changed[2 * i + 1] = ARGV[12 + items + f]
  changed[2 * i + 2] = slot[f] - ARGV[12 + i]
  call('HSET', KEYS[5 + i], ARGV[6],
    had[i] + ARGV[12 + i] .. ' ' .. now .. ' ' .. ARGV[3])
end
call('HSET', KEYS[1], unpack(changed))
call('ZADD', KEYS[2], now + ARGV[8], ARGV[3] .. '.1')

return header
