-- Moves the units of an order's items, of those that lie in this slot: so many
-- times the quantity of each, as units.lua says.  The order stands in `text`
-- behind that many lines.
-- KEYS: 1 slot
-- Reads call, prefix.  Sets move, and the locals of body.lua and units.lua.
--@ body.lua
--@ units.lua

local function move(text, lines, available, held, bought, id)
  local buyer, at = buyer_of(text, behind(text, lines))
  while at do
    local sku, quantity, next = item_of(text, at)
    at = next
    if sku and call('HGET', KEYS[1], 'total|' .. sku) then
      move_item(sku, buyer, id, available * quantity, held * quantity,
        bought * quantity)
    end
  end
end
