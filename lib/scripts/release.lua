#!lua flags=allow-oom
-- release: the units that a participant holds of an order go back, and it never
-- holds units of the order again.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the hold
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 id  4 '1': also the units that it has sold, since the order has ended
--
-- Answers DONE.  The hold becomes FREED, whether there was one or not, so that
-- a reserve that comes later finds it.

--@ head.lua
local id, ended = ARGV[3], ARGV[4]

if slot[2] then return 'CLOSED ' .. slot[2] end

local hold = call('GET', KEYS[4]) or 'FREED 0 0\n'
local state, rest = string.match(hold, '^(%u+)(.*)$')

--@ allowed.lua
local no = forbidden({ 'SET', KEYS[4], 'a' }, { 'HSET', KEYS[1], VERSION, 1 },
  { 'HDEL', KEYS[1], VERSION },
  { 'HGET', KEYS[1], VERSION }, { 'ZREM', KEYS[2], 'a' })
if no then return no end

if state == 'HELD' or state == 'FREED' or ended == '1' then
  --@ move_units.lua
  if state == 'HELD' then
    move(hold, 1, 1, -1, -1, id)
  elseif state == 'SOLD' then
    move(hold, 1, 1, 0, -1, id)
  end
  call('SET', KEYS[4], 'FREED' .. rest, 'PX', 86400000)
  --@ returned.lua
end

call('ZREM', prefix .. 'asks', id)

return 'DONE'
