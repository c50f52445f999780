-- stock: reads a SKU's stock.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 sku
--
-- Answers `VIEW <version> <changed>`, without `<changed>` if that time is not
-- known, and below it the stock's line; or UNKNOWN.

local call, pcall = redis.call, redis.pcall
--@ master.lua
--@ slot_fields.lua
--@ stock_line.lua

local sku = ARGV[3]
local slot = call('HMGET', KEYS[1], VERSION, CLOSED, stock_fields(sku))
--@ regressed.lua

if slot[2] then return 'CLOSED ' .. slot[2] end
if not slot[3] then return 'UNKNOWN 1' end

return 'VIEW ' .. slot[1] .. (slot[9] and ' ' .. slot[9] or '') .. '\n'
  .. stock_line(sku, unpack(slot, 3, 8))
