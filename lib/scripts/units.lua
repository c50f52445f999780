-- The units of an order are taken (1), or go back (-1).
-- KEYS: 1 slot  4.. bought:<sku> of each item
-- ARGV: 3 id  7 buyer  9.. the quantity of each item, then its field
local function units(sign)
  local items = #KEYS - 3
  for i = 1, items do
    local quantity, field = sign * ARGV[8 + i], ARGV[8 + items + i]
    local available = call('HGET', KEYS[1], field) or 0
    local bought = call('HGET', KEYS[3 + i], ARGV[7])
    local n, rest = string.match(bought or '', '^(%d+) (.*)$')
    n = math.max((n or 0) + quantity, 0)
    call('HSET', KEYS[1], field, available - quantity .. '')
    if n == 0 then
      call('HDEL', KEYS[3 + i], ARGV[7])
    else
      call('HSET', KEYS[3 + i], ARGV[7],
        n .. ' ' .. (rest or '0 ' .. ARGV[3]))
    end
  end
end
