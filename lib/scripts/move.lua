-- Moves the units of an order's items, of those that lie in this slot: so many
-- times their quantity to what is available, held, and bought by its buyer.
-- The order stands in `text` behind that many lines.
-- KEYS: 1 slot
local function move(text, lines, available, held, bought, id)
  local prefix = string.sub(KEYS[1], 1, -5) .. 'bought:'
  local buyer, at = buyer_of(text, behind(text, lines))
  local function add(field, n)
    if n ~= 0 then
      call('HSET', KEYS[1], field, (call('HGET', KEYS[1], field) or 0) + n .. '')
    end
  end
  while at do
    local sku, quantity, next = item_of(text, at)
    at = next
    if sku and call('HGET', KEYS[1], 'total|' .. sku) then
      add('available|' .. sku, available * quantity)
      add('held|' .. sku, held * quantity)
      if bought ~= 0 then
        local key = prefix .. sku
        local had, deadline, last = string.match(
          call('HGET', key, buyer) or '', '^(%d+) (%d+) (%S+)$')
        local left = math.max((had or 0) + bought * quantity, 0)
        if left == 0 and last == id then
          call('HDEL', key, buyer)
        elseif had then
          call('HSET', key, buyer, left .. ' ' .. deadline .. ' ' .. last)
        end
      end
    end
  end
end
