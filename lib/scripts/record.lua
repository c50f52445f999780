-- The first writes, and the only ones that may be refused: the key, the record,
-- and its first event in `due`.  A key is taken over if its record is gone, or
-- is REFUSED.  `made` becomes {ok}; or false, if the key or the record exists;
-- or an error.
-- KEYS: 2 due  4 the record to make  5 the Idempotency-Key's
-- ARGV: 3 id  5 ms the Idempotency-Key lives, '' for no key  8 ms of the lease
--       9 ms the record lives, '' for ever
-- Reads call, pcall, prefix, now, record, id, key_ms, lease, keep.  Sets taken,
-- made.
local taken = false
if key_ms ~= '' then
  taken = pcall('SET', KEYS[5], id, 'NX', 'GET', 'PX', key_ms)
  if taken and not taken.err and taken ~= id then
    local other = call('GET', prefix .. 'order:' .. taken)
    if not other or string.sub(other, 1, 8) == 'REFUSED ' then
      call('SET', KEYS[5], id, 'PX', key_ms)
      taken = false
    end
  end
end
if taken then
  made = taken.err and taken
elseif keep == '' then
  made = pcall('SET', KEYS[4], record, 'NX')
else
  made = pcall('SET', KEYS[4], record, 'NX', 'PX', keep)
end
if made and made.ok then
  local due = pcall('ZADD', KEYS[2], now + lease .. '', id .. '.1')
  if type(due) == 'table' then
    call('DEL', KEYS[4])
    made = due
  end
end
