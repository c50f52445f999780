-- Takes the units of the items: they are no longer available, a participant
-- holds them, and the buyer has them, with version `new`.
-- Reads call, VERSION, mine, items, bought, quantity, field, slot, had, new,
-- id, buyer, deadline.
for i = 1, items do
  local f = 5 * i - 2
  local available = slot[f] - quantity[i] .. ''
  if mine then
    call('HSET', KEYS[1], VERSION, new, field[f], available,
      field[f + 4], (slot[f + 4] or 0) + quantity[i] .. '')
  else
    call('HSET', KEYS[1], VERSION, new, field[f], available)
  end
  local sum = had[i] == 0 and quantity[i] or had[i] + quantity[i]
  call('HSET', bought[i], buyer, sum .. ' ' .. deadline .. ' ' .. id)
end
