#!lua flags=allow-oom
-- confirmed: a participant has sold, or given back, its part of a cart whose home
-- this is; its entry leaves the in-doubt list.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 '1': it has given back what it had sold  4 `<id>.<slot>`
--
-- Answers SETTLED and 1, or 0: that was known.  What is told of an order that
-- has ended meanwhile is not enough: it is to go back there.

--@ head.lua
local ended, member = ARGV[3], ARGV[4]

local record = ended ~= '1'
  and call('GET', prefix .. 'order:' .. string.match(member, '^[^.]*'))
local state = string.match(record or '', '^%u+')

if state == 'CANCELLED' or state == 'EXPIRED' then return 'SETTLED 0' end

return 'SETTLED ' .. call('ZREM', prefix .. 'asks', member)
