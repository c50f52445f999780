#!lua flags=allow-oom
-- told: other slots have done what an order of this one wants of them.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version known  2 version of the last record seen, or ''
--       3 '1': they have given back what they had sold
--       4 `<id>.<sequence>` of an event that is acknowledged as well, and nothing
--       follows from that (settle.lua); or ''
--       5.. `<id>.<slot>` of each
--
-- Answers SETTLED and how many of them were still to be told.  What is told of
-- an order that has ended meanwhile is not enough: it is to go back there.

local call = redis.call
local slot = call('HMGET', KEYS[1], 'v', 'c')
local version = tonumber(slot[1] or 0)
--@ regressed.lua

local prefix, n = string.sub(KEYS[1], 1, -5), 0

if ARGV[4] ~= '' then call('ZREM', KEYS[2], ARGV[4]) end

for i = 5, #ARGV do
  local record = ARGV[3] ~= '1'
    and call('GET', prefix .. 'order:' .. string.match(ARGV[i], '^[^.]*'))
  local state = string.match(record or '', '^%u+')
  if state ~= 'CANCELLED' and state ~= 'EXPIRED' then
    n = n + call('ZREM', prefix .. 'asks', ARGV[i])
  end
end

return 'SETTLED ' .. n
