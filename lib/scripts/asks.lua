#!lua flags=allow-oom
-- asks: who asks is to find out about orders that lie in several slots, here and
-- elsewhere, and have waited too long.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version known  2 version of the last record seen, or ''
--       3 ms until others may  4 at most
--
-- Answers ASKS, how many, and 1 if there are more; then each in a line of its
-- own: `<id>.<slot>`, of an order whose home is here, or `<id>`, of a hold.

--@ head.lua
local lease, most = ARGV[3], ARGV[4]

if slot[2] then return 'CLOSED ' .. slot[2] end

--@ clock.lua
local asks = call('ZRANGE', prefix .. 'asks', '-inf',
  string.format('%.0f', now), 'BYSCORE', 'LIMIT', 0, most)

for i = 1, #asks do
  call('ZADD', prefix .. 'asks', now + lease .. '', asks[i])
  call('PEXPIRE', prefix .. 'order:' .. string.match(asks[i], '^[^.]*'),
    86400000, 'GT')
end

return 'ASKS ' .. #asks .. (#asks == tonumber(most) and ' 1' or ' 0')
  .. (asks[1] and '\n' or '') .. table.concat(asks, '\n')
