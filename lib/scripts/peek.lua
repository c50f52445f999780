-- peek: how much slots have that is to happen, and in which it is time for it.
--
-- KEYS: the due of each slot
-- ARGV: 1 ms of the shard's clock, or 0 for now: what is due until then
--       2 '1': orders that were not paid in time are asked for too
--
-- Answers PEEKED, how many events there are in all, and the positions of the
-- slots that have one which is due.

local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
local horizon = math.max(now, tonumber(ARGV[1]))
local all, due = 0, {}

for i = 1, #KEYS do
  local first = call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')
  if first[2] then
    all = all + call('ZCARD', KEYS[i])
  end
  local ready = first[2] and tonumber(first[2]) <= horizon
  if not ready and ARGV[2] == '1' then
    local unpaid = string.sub(KEYS[i], 1, -4) .. 'unpaid'
    local score = call('ZRANGE', unpaid, 0, 0, 'WITHSCORES')[2]
    ready = score and tonumber(score) <= now
  end
  if ready then due[#due + 1] = ' ' .. i end
end

return 'PEEKED ' .. all .. table.concat(due)
