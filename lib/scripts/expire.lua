-- Orders that were not paid in time expire.  Each gets an event, which is due.
-- KEYS: 1 slot  2 due
-- At most `most` orders expire.  `keep`: ms that a record lives then, '': none
-- expires.
-- Reads call, VERSION, prefix, orders, now, version, most, keep.  Raises
-- version.
if keep ~= '' then
  local unpaid = prefix .. 'unpaid'
  local ids = call('ZRANGE', unpaid, '-inf', string.format('%.0f', now),
    'BYSCORE', 'LIMIT', 0, most)
  for _, id in ipairs(ids) do
    local record = call('GET', orders .. id)
    local state, seq, fingerprint, carried = string.match(record or '',
      '^(%u+) (%d+) (%x+) [^\n]*\n([^\n]*)')
    call('ZREM', unpaid, id)
    if state == 'PLACED' then
      version = version + 1
      call('HSET', KEYS[1], VERSION, version .. '')
      call('ZADD', KEYS[2], now .. '', id .. '.' .. seq + 1)
      call('SET', orders .. id, 'EXPIRED ' .. seq + 1 .. ' ' .. fingerprint
        .. ' ' .. version .. ' ' .. now .. '\n' .. carried .. '\n' .. record,
        'PX', keep)
    end
  end
end
