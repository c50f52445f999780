-- peek: how much slots have that is to happen, and in which it is time for it.
--
-- KEYS: the due of each slot
-- ARGV: 1 ms of the shard's clock, or 0 for now: what is due until then
--       2 '1': orders that were not paid in time are asked for too
--
-- Answers PEEKED, how many events there are in all, and the positions of the
-- slots that have one which is due; and behind all slots again of those that
-- have an order to be asked about.

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
