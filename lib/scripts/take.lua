-- The items are not available any more, and the buyer has them.
for i = 1, items do
  local f = 4 * i - 1
  call('HSET', KEYS[1], 'v', version + 1 .. '',
    ARGV[8 + items + f], slot[f] - ARGV[10 + i] .. '')
  call('HSET', KEYS[5 + i], ARGV[6],
    had[i] + ARGV[10 + i] .. ' ' .. ARGV[7] .. ' ' .. ARGV[3])
end
