-- peek: how much slots have that is to happen, and in which it is time for it.
--
-- KEYS: the due of each slot
-- ARGV: 1 ms of the shard's clock, or 0 for now: what is due until then
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
    if tonumber(first[2]) <= horizon then due[#due + 1] = ' ' .. i end
  end
end

return 'PEEKED ' .. all .. table.concat(due)
