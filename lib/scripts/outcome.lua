#!lua flags=allow-oom
-- outcome: this slot is the home of a cart, and tells a participant its
-- outcome, after the order's deadline.  A cart that is not placed yet is given
-- up.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the order's record
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 id
--
-- Answers SELL, and how many ms ago the cart was placed.  FREE: the cart was
-- not placed, and never will be.  BACK: it was placed and has ended, and Kafka
-- has the event of that.  LATER: it has ended, and Kafka does not have the
-- event yet.

--@ head.lua
local id = ARGV[3]

if slot[2] then return 'CLOSED ' .. slot[2] end

--@ clock.lua
local record = call('GET', KEYS[4])

-- a place that comes later finds this record
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

-- the version is written again, so that a WAIT behind this script waits also
-- for an outcome that was decided before
call('HSET', KEYS[1], VERSION, version)

if state == 'REFUSED' then return 'FREE' end
if ended then return 'BACK' end

--@ body.lua
local at = first(record, seq, '^%u+ 1 %x+ %d+ (%d+)')

return 'SELL ' .. math.max(0, now - at)
