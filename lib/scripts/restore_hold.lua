-- restore_hold: the hold of a participant gets the state that the order's
-- events in the topic demand: SOLD, or FREED, with its units given back.
--
-- KEYS, ARGV: as of restore_order, but
-- KEYS: 2 is not used  3 the hold
-- ARGV: 2 the hold's version  4 SOLD or FREED  5 the hold  6 ms it lives
--
-- Answers APPLIED; KNOWN if the hold has that state, or is HELD and waits for
-- the outcome from home; or UNFENCED.

local call = redis.call
--@ fenced.lua
--@ mend.lua
local becomes, hold, keep = unpack(ARGV, 4, 6)

local was = string.match(call('GET', KEYS[3]) or 'FREED', '^%u+')

if was == 'HELD' or was == becomes then return 'KNOWN' end

if was == 'SOLD' then
  mend(1, -1)
else
  mend(-1, 1)
end

if keep == '' then
  call('SET', KEYS[3], hold)
else
  call('SET', KEYS[3], hold, 'PX', keep)
end

call('HSET', KEYS[1], VERSION, version)

return 'APPLIED'
