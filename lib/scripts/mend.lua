-- Moves the units of an order that is made again: so many times the quantity of
-- each item to what is available, and to what is bought by its buyer.
-- KEYS: 1 slot  4.. bought:<sku> of each item
-- ARGV: 3 id  7 buyer  9.. the quantity of each item, then its field
-- Reads call.  Sets mend, and the locals of units.lua.
--@ units.lua

local function mend(available, bought)
  local items = #KEYS - 3
  for i = 1, items do
    add(ARGV[8 + items + i], available * ARGV[8 + i])
    buy(KEYS[3 + i], ARGV[7], bought * ARGV[8 + i], ARGV[3])
  end
end
