-- Moves the units of an order's items, of those that lie in this slot: so many
-- times their quantity to what is available, held, and bought by its buyer.
-- The order stands in `text` behind that many lines.
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
      add('available|' .. sku, available * quantity)
      add('held|' .. sku, held * quantity)
      if bought ~= 0 then
        buy(prefix .. 'bought:' .. sku, buyer, bought * quantity, id)
      end
    end
  end
end
