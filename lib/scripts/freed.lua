#!lua flags=no-writes
-- freed: since when holds are FREED, at the latest.
--
-- KEYS: the holds
--
-- Answers the shard's clock, in ms, as it was then.

local time = redis.call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
local out = {}

for i = 1, #KEYS do
  out[i] = now - 86400000 + redis.call('PTTL', KEYS[i]) .. ''
end

return out
