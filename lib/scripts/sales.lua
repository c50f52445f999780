#!lua flags=no-writes
-- sales: finds the SKUs whose buyers may be forgotten (forget.lua).
--
-- KEYS: the slots
-- ARGV: 1 ms behind the end of a sale  2 ms behind the latest order of a buyer,
--       if the sale has no end, '': never  3 fields to read at most; the last
--       slot is read to its end
--
-- Answers SALES and the number of slots that were read; then in a line each the
-- position of a slot, and a SKU of it that somebody has bought.

local call = redis.call
--@ clock.lua
local behind_end, behind_order, most = unpack(ARGV)
local out, fields, read = {}, 0, 0

local function bought(slot, sku)
  local page = call('HSCAN', string.sub(slot, 1, -5) .. 'bought:' .. sku, 0,
    'COUNT', 1)
  return page[1] ~= '0' or page[2][1]
end

while read < #KEYS and fields < tonumber(most) do
  read = read + 1
  local slot, closes, skus, cursor = KEYS[read], {}, {}, '0'
  repeat
    local page = call('HSCAN', slot, cursor, 'COUNT', 1000)
    cursor = page[1]
    fields = fields + #page[2] / 2
    for i = 1, #page[2], 2 do
      local kind, sku = string.match(page[2][i], '^(%l+)|(.*)$')
      if kind == 'total' then
        skus[#skus + 1] = sku
      elseif kind == 'closes' then
        closes[sku] = page[2][i + 1]
      end
    end
  until cursor == '0'
  for _, sku in ipairs(skus) do
    local over = not closes[sku] and behind_order ~= ''
    if closes[sku] then over = now >= closes[sku] + behind_end end
    if over and bought(slot, sku) then
      out[#out + 1] = '\n' .. read .. ' ' .. sku
    end
  end
end

return 'SALES ' .. read .. table.concat(out)
