-- Moves the units of an order that is restored: so many times the quantity of
-- each item in the arguments, as units.lua says.
-- KEYS: 1 slot  4.. bought:<sku> of each item
-- ARGV: 3 id  7 buyer  9.. the quantity of each item, then the SKU of each
-- Reads call.  Sets prefix, id, buyer, items, quantity, sku, mend, and the
-- locals of units.lua.
--@ prefix.lua
--@ units.lua

local id, buyer = ARGV[3], ARGV[7]
local items = #KEYS - 3
local quantity = { unpack(ARGV, 9, 8 + items) }
local sku = { unpack(ARGV, 9 + items, 8 + 2 * items) }

local function mend(available, bought)
  for i = 1, items do
    move_item(sku[i], buyer, id, available * quantity[i], 0,
      bought * quantity[i])
  end
end
