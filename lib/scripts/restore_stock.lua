-- restore_stock: a SKU's stock gets the values of its latest change in the
-- topic.
--
-- KEYS: 1 slot
-- ARGV: 1 the version that had survived  2 the change's version
--       3 sku  4 total  5 limit per buyer  6 opens, ms  7 closes, ms; each ''
--       for none
--
-- Answers APPLIED, or UNFENCED.  The units that are sold and held stay, so
-- available moves with total.  A second run changes nothing.

local call = redis.call
--@ stock_line.lua
--@ fenced.lua

local sku, total, limit, opens, closes = unpack(ARGV, 3)
local field = { stock_fields(sku) }
local had = call('HMGET', KEYS[1], field[1], field[2], field[7])

call('HSET', KEYS[1], VERSION, version, field[1], total,
  field[2], (had[2] or 0) + (total - (had[1] or 0)) .. '',
  field[7], stock_changed(call('TIME')[1], had[3]))

for i, term in ipairs({ limit, opens, closes }) do
  if term ~= '' then
    call('HSET', KEYS[1], field[3 + i], term)
  else
    call('HDEL', KEYS[1], field[3 + i])
  end
end

return 'APPLIED'
