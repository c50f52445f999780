#!lua flags=allow-oom
-- indoubt: takes carts from the in-doubt list of a slot, for the caller to finish:
-- carts that have waited too long, whose home is here or elsewhere.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 ms until others may  4 at most
--
-- Answers INDOUBT, how many, and 1 if there are more; then each in its own line:
-- `<id>.<slot>`, of an order whose home is here, or `<id>`, of a hold.

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
