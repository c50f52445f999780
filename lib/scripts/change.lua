-- change: set a SKU's stock, or change some of it.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the change's record
--       5 the Idempotency-Key's
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 id  4 fingerprint  5 ms the Idempotency-Key lives, '' for no key
--       6 sku  7 deadline, ms of the shard's clock  8 ms of the lease
--       9 ms the record lives  10 headers of the event
--       11 'set' (PUT), or 'change' or 'add' (PATCH)  12 the total, or with
--       'add' the units to add to it
--       13 limit per buyer  14 opens, ms  15 closes, ms; each '' for none, '='
--       to keep it
--       16 If-Match  17 If-None-Match  18 If-Unmodified-Since (condition.lua)
--
-- Answers the record, `STOCK 1 <fingerprint> <version> <changed at>`, which
-- ends in the stock's line after the change, or RECORD, REUSED (replay.lua), or
-- a refusal: BELOW and the least total that is allowed, UNKNOWN, ABOVE, LATE,
-- FAILED: the preconditions do not hold, WINDOW: the sale would close before it
-- opens.

local call, pcall = redis.call, redis.pcall
--@ slot_fields.lua
--@ stock_line.lua
--@ condition.lua

local id, fingerprint, key_ms, sku, deadline, lease, keep, text, how, amount = unpack(
  ARGV, 3, 12)
local limit, opens, closes, match, none_match, unmodified_since = unpack(ARGV,
  13)
local set = how == 'set'
local slot = call('HMGET', KEYS[1], VERSION, CLOSED, stock_fields(sku))
--@ prefix.lua
--@ regressed.lua
--@ seen.lua
--@ replay.lua

local answer = before()
if answer then return seen(answer) end
if slot[2] then return seen('CLOSED ' .. slot[2]) end

--@ clock.lua
if now > tonumber(deadline) then return seen('LATE ' .. now) end

-- The units that are sold and held stay, so available moves with total.
local total, available = tonumber(slot[3] or 0), tonumber(slot[4] or 0)
local added = how == 'add' and tonumber(amount) or amount - total

if not set and not slot[3] then return seen('UNKNOWN 1') end
if not condition_met(match, none_match, unmodified_since,
  slot[3] and stock_tag(slot[3], slot[6], slot[7], slot[8]), slot[9]) then
  return seen('FAILED')
end

local terms = { slot[6], slot[7], slot[8] }
for i, term in ipairs({ limit, opens, closes }) do
  if term ~= '=' then terms[i] = term ~= '' and term end
end
if (opens ~= '=' or closes ~= '=') and terms[2] and terms[3]
  and tonumber(terms[3]) <= tonumber(terms[2]) then
  return seen('WINDOW')
end

if available + added < 0 then return seen('BELOW ' .. total - available) end
if total + added > 1000000000000 then return seen('ABOVE') end

total, available = total + added .. '', available + added .. ''

local record = 'STOCK 1 ' .. fingerprint .. ' ' .. version + 1 .. ' ' .. now .. '\n'
  .. text .. '\n'
  .. stock_line(sku, total, available, slot[5], unpack(terms, 1, 3))
local made = false
--@ allowed.lua
local no = forbidden({ 'HSET', KEYS[1], VERSION, 1 },
  { 'HDEL', KEYS[1], VERSION }, { 'ZADD', KEYS[2], 1, 'a' })
if no then return no end
--@ record.lua
if not made or made.err then
  return seen(before() or made)
end

local field = { stock_fields(sku) }
call('HSET', KEYS[1], VERSION, version + 1 .. '', field[1], total, field[2],
  available, field[7], stock_changed(math.floor(now / 1000), slot[9]))
for i = 4, 6 do
  if terms[i - 3] then
    call('HSET', KEYS[1], field[i], terms[i - 3])
  elseif slot[i + 2] then
    call('HDEL', KEYS[1], field[i])
  end
end

--@ returned.lua

return record
