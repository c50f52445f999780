#!lua flags=allow-oom
-- confirm: what a slot holds of an order is sold.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the hold
-- ARGV: 1 version known  2 version of the last record seen, or ''
--       3 id  4 ms the hold lives then, '' for ever
--       5 '1': it may have been sold, and have lived that long
--
-- Answers DONE.  Else a hold that is not there was acknowledged, and is lost:
-- the slot is closed.

--@ head.lua

if slot[2] then return 'CLOSED ' .. slot[2] end

local hold = call('GET', KEYS[4])

if not hold and ARGV[5] == '' then
  call('HSET', KEYS[1], 'c', 'lost hold ' .. ARGV[3])
  return 'REGRESSED'
end

--@ allowed.lua
local no = forbidden({ 'SET', KEYS[4], 'a' }, { 'ZREM', KEYS[2], 'a' })
if no then return no end

if string.sub(hold or '', 1, 5) == 'HELD ' then
  --@ move.lua
  move(hold, 1, 0, -1, 0, ARGV[3])
  hold = 'SOLD ' .. string.sub(hold, 6)
  if ARGV[4] == '' then
    call('SET', KEYS[4], hold)
  else
    call('SET', KEYS[4], hold, 'PX', ARGV[4])
  end
end

call('ZREM', prefix .. 'asks', ARGV[3])

return 'DONE'
