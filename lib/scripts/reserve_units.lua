-- The items are not available any more, or held, and the buyer has them, since
-- version `new`.
-- Reads call, mine, items, slot, had, new, id, buyer, deadline.
for i = 1, items do
  local f = 5 * i - 2
  local available = slot[f] - ARGV[10 + i] .. ''
  if mine then
    call('HSET', KEYS[1], 'v', new, ARGV[8 + items + f], available,
      ARGV[12 + items + f], (slot[f + 4] or 0) + ARGV[10 + i] .. '')
  else
    call('HSET', KEYS[1], 'v', new, ARGV[8 + items + f], available)
  end
  local sum = had[i] == 0 and ARGV[10 + i] or had[i] + ARGV[10 + i]
  call('HSET', KEYS[5 + i], buyer, sum .. ' ' .. deadline .. ' ' .. id)
end
