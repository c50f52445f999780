-- The one rule by which units go to an order and come back.
-- Reads call, prefix.  Sets add, buy, move_item.

-- Adds `n` units, which may be negative, to a field of the slot.
-- KEYS: 1 slot
local function add(field, n)
  if n ~= 0 then
    call('HSET', KEYS[1], field, (call('HGET', KEYS[1], field) or 0) + n .. '')
  end
end

-- Adds `n`, which may be negative, to what a buyer has of a SKU through the
-- order `id`.  The entry is `<quantity> <deadline> <id>`.  It is deleted if the
-- buyer has nothing left, unless it names a later order.  A buyer without an
-- entry has nothing to give back; an entry that is made here has no lock.
local function buy(key, buyer, n, id)
  if n == 0 then return end
  local had, deadline, last = string.match(call('HGET', key, buyer) or '',
    '^(%d+) (%d+) (%S+)$')
  local left = math.max((had or 0) + n, 0)
  if left == 0 and last == id then
    call('HDEL', key, buyer)
  elseif had or n > 0 then
    call('HSET', key, buyer, left .. ' ' .. (deadline or 0) .. ' '
      .. (last or id))
  end
end

-- Adds so many units of a SKU to what is available, to what is held, and to
-- what the buyer of the order `id` has bought.
local function move_item(sku, buyer, id, available, held, bought)
  add('available|' .. sku, available)
  add('held|' .. sku, held)
  buy(prefix .. 'bought:' .. sku, buyer, bought, id)
end
