-- republish: Kafka acknowledged an event, and the topic has lost it: the event
-- is due once more.  If its acknowledgement gave units back, the order takes
-- them again, and they go back at the next acknowledgement.
--
-- KEYS, ARGV: as of restore_order, of which 5, 6 and 8 are not used
--
-- Answers APPLIED; KNOWN if the event is due, or has no record; or UNFENCED.

local call = redis.call
--@ fenced.lua
--@ mend.lua
local event = ARGV[4]

local record = call('GET', KEYS[3])
--@ clock.lua

if not record or call('ZADD', KEYS[2], 'NX', time[1] * 1000 .. '',
  id .. '.' .. event) == 0 then
  return 'KNOWN'
end

local state, seq = string.match(record, '^(%u+) (%d+) ')

if seq == event and (state == 'CANCELLED' or state == 'EXPIRED') then
  mend(-1, 1)
end

return 'APPLIED'
