#!lua flags=allow-oom
-- indoubt: the caller takes carts of a slot's in-doubt list whose time has
-- come, to finish them.  Their home is this slot or another.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 ms until another caller may take them  4 carts at most
--
-- Answers INDOUBT, the number of carts, and 1 if there are more; then each in a
-- line: `<id>.<slot>`, a participant of an order whose home is this slot, or
-- `<id>`, a hold of this slot.

--@ head.lua
local lease, most = ARGV[3], ARGV[4]

if slot[2] then return 'CLOSED ' .. slot[2] end

--@ clock.lua
local carts = call('ZRANGE', prefix .. 'asks', '-inf',
  string.format('%.0f', now), 'BYSCORE', 'LIMIT', 0, most)

for i = 1, #carts do
  call('ZADD', prefix .. 'asks', now + lease .. '', carts[i])
  call('PEXPIRE', prefix .. 'order:' .. string.match(carts[i], '^[^.]*'),
    86400000, 'GT')
end

return 'INDOUBT ' .. #carts .. (#carts == tonumber(most) and ' 1' or ' 0')
  .. (carts[1] and '\n' or '') .. table.concat(carts, '\n')
