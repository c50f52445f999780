#!lua flags=allow-oom
-- verdict: what has become of an order that other slots hold items of; one that
-- is not decided in time is given up.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the order's record
-- ARGV: 1 version known  2 version of the last record seen, or ''
--       3 id  4 '1': it is given up now, if it is not decided
--
-- Answers SELL: it was placed.  FREE: it was not, and never will be.  BACK: it
-- was, and has ended, and Kafka knows.  LATER: it is not decided yet, or Kafka
-- does not know.

local call = redis.call
local slot = call('HMGET', KEYS[1], 'v', 'c')
local version = tonumber(slot[1] or 0)
--@ regressed.lua

if slot[2] then return 'CLOSED ' .. slot[2] end

-- What was decided before is written again, so that a WAIT behind this script
-- waits for it too.
local function decided(word)
  call('HSET', KEYS[1], 'v', version)
  return word
end

local time = call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
local record = call('GET', KEYS[4])

-- a begin that comes later finds this
if not record then
  call('SET', KEYS[4], 'REFUSED 0 0 ' .. version .. ' ' .. now .. '\no - -\n{}',
    'PX', 86400000)
  return 'FREE'
end

local state, seq, fingerprint, deadline, rest = string.match(record,
  '^(%u+) (%d+) (%x+) %d+ %d+ ?([^\n]*)(\n.*)$')

if state == 'REFUSED' then return decided('FREE') end

if state == 'PREPARING' then
  if ARGV[4] ~= '1' and now <= tonumber(deadline) then return 'LATER' end
  --@ move.lua
  move(rest, 1, -1, -1, ARGV[3])
  call('HSET', KEYS[1], 'v', version + 1 .. '')
  call('SET', KEYS[4], 'REFUSED 0 ' .. fingerprint .. ' ' .. version + 1 .. ' '
    .. now .. rest, 'PX', 86400000)
  return 'FREE'
end

if state ~= 'CANCELLED' and state ~= 'EXPIRED' then return decided('SELL') end

return call('ZSCORE', KEYS[2], ARGV[3] .. '.' .. seq) and 'LATER'
  or decided('BACK')
