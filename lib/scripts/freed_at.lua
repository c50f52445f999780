#!lua flags=no-writes
-- freed_at: since when holds are FREED, at the latest.
--
-- KEYS: the holds
--
-- Answers the shard's clock, in ms, as it was then.

local call = redis.call
--@ clock.lua
local out = {}

for i = 1, #KEYS do
  out[i] = now - 86400000 + call('PTTL', KEYS[i]) .. ''
end

return out
