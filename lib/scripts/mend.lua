-- Moves the units of an order that is made again: so many times the quantity of
-- each item to what is available, and to what is bought by its buyer.
-- KEYS: 1 slot  4.. bought:<sku> of each item
-- ARGV: 3 id  7 buyer  9.. the quantity of each item, then its field
-- Reads call.  Sets id, buyer, mend, and the locals of units.lua.
--@ units.lua

local id, buyer = ARGV[3], ARGV[7]
local function mend(available, bought)
  local items = #KEYS - 3
  for i = 1, items do
    add(ARGV[8 + items + i], available * ARGV[8 + i])
    buy(KEYS[3 + i], buyer, bought * ARGV[8 + i], id)
  end
end
