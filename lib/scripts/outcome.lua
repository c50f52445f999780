#!lua flags=allow-oom
-- outcome: tells a participant, after the order's deadline, what became of a cart
-- whose home this is.  A cart that is not placed is given up.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the order's record
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 id
--
-- Answers SELL and how many ms ago: it was placed.  FREE: it was not, and never
-- will be.  BACK: it was, and has ended, and Kafka knows.  LATER: it has ended,
-- and Kafka does not know.

--@ head.lua
local id = ARGV[3]

if slot[2] then return 'CLOSED ' .. slot[2] end

--@ clock.lua
local record = call('GET', KEYS[4])

-- who places it later finds this
if not record then
  call('SET', KEYS[4], 'REFUSED 0 0 ' .. version .. ' ' .. now .. '\no - -\n{}',
    'PX', 86400000)
  return 'FREE'
end

local state, seq = string.match(record, '^(%u+) (%d+) ')
local ended = state == 'CANCELLED' or state == 'EXPIRED'

if ended and call('ZSCORE', KEYS[2], id .. '.' .. seq) then
  return 'LATER'
end

-- what was decided before is written again, so that a WAIT behind this script
-- waits for it too
call('HSET', KEYS[1], 'v', version)

if state == 'REFUSED' then return 'FREE' end
if ended then return 'BACK' end

--@ body.lua
local at = first(record, seq, '^%u+ 1 %x+ %d+ (%d+)')

return 'SELL ' .. math.max(0, now - at)
