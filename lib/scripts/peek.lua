-- peek: counts the due events of slots, and finds the slots with work for the
-- sweeper.
--
-- KEYS: the due of each slot
-- ARGV: 1 ms of the shard's clock, or 0 for now: events due until then
--       2 '1': orders that were not paid in time count as work too
--
-- Answers PEEKED, the number of events in all, and numbers: the position of
-- each slot that has an event to publish or an order to expire, and the number
-- of keys plus the position of each slot that has a cart to finish.

local call = redis.call
--@ clock.lua
local until_ms, unpaid = ARGV[1], ARGV[2]
local horizon = math.max(now, tonumber(until_ms))
local all, due = 0, {}

local function overdue(key, kind)
  local score = call('ZRANGE', string.sub(key, 1, -4) .. kind, 0, 0,
    'WITHSCORES')[2]
  return score and tonumber(score) <= now
end

for i = 1, #KEYS do
  local first = call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')
  if first[2] then
    all = all + call('ZCARD', KEYS[i])
  end
  if first[2] and tonumber(first[2]) <= horizon
    or unpaid == '1' and overdue(KEYS[i], 'unpaid') then
    due[#due + 1] = ' ' .. i
  end
  if overdue(KEYS[i], 'asks') then due[#due + 1] = ' ' .. #KEYS + i end
end

return 'PEEKED ' .. all .. table.concat(due)
