#!lua flags=no-writes
-- freed_at: the latest times at which holds can have become FREED.
--
-- KEYS: the holds
--
-- Answers such a time for each hold, in ms of the shard's clock: the hold
-- became FREED then, or before.  Redis 7.0 computes PTTL by a clock that runs on
-- during the script.  So the clock is read last: read first, it would make the
-- times too early, by as much as the script takes.

local call = redis.call
local left, out = {}, {}

for i = 1, #KEYS do left[i] = call('PTTL', KEYS[i]) end

--@ clock.lua

for i = 1, #KEYS do out[i] = now - 86400000 + left[i] .. '' end

return out
