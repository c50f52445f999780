#!lua flags=allow-oom
-- confirm: a participant sells the units that it holds of an order.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the hold
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 id  4 ms the hold lives then, '' for ever
--       5 '1': the hold may have been sold so long ago that it has lapsed
--
-- Answers DONE; or REGRESSED: there is no hold, and it can't have lapsed.  Then
-- an acknowledged write is lost, and the script closes the slot.

--@ head.lua
local id, keep, may_be_gone = unpack(ARGV, 3)

if slot[2] then return 'CLOSED ' .. slot[2] end

local hold = call('GET', KEYS[4])

if not hold and may_be_gone == '' then
  call('HSET', KEYS[1], CLOSED, 'lost hold ' .. id)
  return 'REGRESSED'
end

--@ allowed.lua
local no = forbidden({ 'SET', KEYS[4], 'a' }, { 'ZREM', KEYS[2], 'a' })
if no then return no end

if string.sub(hold or '', 1, 5) == 'HELD ' then
  --@ move_units.lua
  move(hold, 1, 0, -1, 0, id)
  hold = 'SOLD ' .. string.sub(hold, 6)
  if keep == '' then
    call('SET', KEYS[4], hold)
  else
    call('SET', KEYS[4], hold, 'PX', keep)
  end
end

call('ZREM', prefix .. 'asks', id)

return 'DONE'
