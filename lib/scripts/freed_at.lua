#!lua flags=no-writes
-- freed_at: the times by which holds were FREED.
--
-- KEYS: the holds
--
-- Answers such a time for each hold, in ms of the shard's clock: the hold
-- became FREED then, or before.

local call = redis.call
--@ clock.lua
local out = {}

for i = 1, #KEYS do
  out[i] = now - 86400000 + call('PTTL', KEYS[i]) .. ''
end

return out
