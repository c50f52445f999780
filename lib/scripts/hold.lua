-- The items are held, and the buyer has them.
for i = 1, items do
  local available = ARGV[7 + items + 4 * i]
  local name = 'held|' .. string.sub(available, 11)
  call('HSET', KEYS[1],
    available, slot[4 * i - 1] - ARGV[10 + i] .. '',
    name, (call('HGET', KEYS[1], name) or 0) + ARGV[10 + i] .. '')
  call('HSET', KEYS[5 + i], ARGV[6],
    had[i] + ARGV[10 + i] .. ' ' .. ARGV[7] .. ' ' .. ARGV[3])
end
