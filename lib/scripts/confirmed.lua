#!lua flags=allow-oom
-- confirmed: a participant has sold its hold, or has given its units back.
-- This slot is the home of the cart, and takes the participant from its
-- in-doubt list.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 '1': it has given back the units that it had sold  4 `<id>.<slot>`
--
-- Answers ACKED and 1, or 0 if the participant was not on the list, or stays
-- on it: it has sold, but the order has ended since, so the units are to go
-- back.

--@ head.lua
local ended, member = ARGV[3], ARGV[4]

local record = ended ~= '1'
  and call('GET', prefix .. 'order:' .. string.match(member, '^[^.]*'))
local state = string.match(record or '', '^%u+')

if state == 'CANCELLED' or state == 'EXPIRED' then return 'ACKED 0' end

return 'ACKED ' .. call('ZREM', prefix .. 'asks', member)
