-- Units of a SKU that an order has, as they go to it and come back.
-- Reads call.  Sets add, buy.

-- Adds so many units, or takes them, in a field of the slot.
-- KEYS: 1 slot
local function add(field, n)
  if n ~= 0 then
    call('HSET', KEYS[1], field, (call('HGET', KEYS[1], field) or 0) + n .. '')
  end
end

-- Adds `n`, which may be negative, to what a buyer has of a SKU through the
-- order `id`.  The entry is `<quantity> <deadline> <id>`.  A buyer who has nothing left is
-- forgotten, unless a later order is named there.  A buyer who is not there
-- has nothing to give back; new units have no lock.
local function buy(key, buyer, n, id)
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
