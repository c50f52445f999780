-- Moves an order's units: so many times the quantity of each item to what is
-- available, and to what is bought by its buyer.
-- KEYS: 1 slot  4.. bought:<sku> of each item
-- ARGV: 3 id  7 buyer  9.. the quantity of each item, then its field
local function units(available, bought)
  local items = #KEYS - 3
  local function add(field, n)
    if n ~= 0 then
      call('HSET', KEYS[1], field, (call('HGET', KEYS[1], field) or 0) + n .. '')
    end
  end
  for i = 1, items do
    local quantity, field = ARGV[8 + i], ARGV[8 + items + i]
    add(field, available * quantity)
    if bought ~= 0 then
      local n, rest = string.match(call('HGET', KEYS[3 + i], ARGV[7]) or '',
        '^(%d+) (.*)$')
      n = math.max((n or 0) + bought * quantity, 0)
      if n == 0 then
        call('HDEL', KEYS[3 + i], ARGV[7])
      else
        call('HSET', KEYS[3 + i], ARGV[7],
          n .. ' ' .. (rest or '0 ' .. ARGV[3]))
      end
    end
  end
end
