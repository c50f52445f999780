-- What an id, or an Idempotency-Key, has led to before: a refusal never hides
-- a record that exists.
-- KEYS: 4 the record to make  5 the Idempotency-Key's
-- ARGV: 3 id  4 fingerprint  5 ms the Idempotency-Key lives, '' for no key
-- Reads call, pcall, prefix, slot, version, fingerprint, key_ms.  Sets replay,
-- before.

-- The record of `id`, found by its key.  While it is not published its key is
-- written again, so that a WAIT behind this script waits for it too.
local function replay(id)
  local record = call('GET', prefix .. 'order:' .. id)
  if not record then return nil end
  local state, seq, made_of = string.match(record, '^(%u+) (%d+) (%x+) ')
  if state == 'REFUSED' then return nil end
  if made_of ~= fingerprint then return 'REUSED ' .. id end
  local due = call('ZSCORE', KEYS[2], id .. '.' .. seq)
  if due then pcall('PEXPIRE', KEYS[5], key_ms) end
  return 'RECORD ' .. id .. (due and ' 0\n' or ' 1\n') .. record
end

-- Its own record is answered as if it were made now, but not in a closed slot:
-- from there nothing may go on to be published.  FREED: it was given up before it
-- came.
local function before()
  local record = call('GET', KEYS[4])
  local freed = record and string.sub(record, 1, 8) == 'REFUSED '
  if record and not freed then
    if slot[2] then return nil end
    pcall('HSET', KEYS[1], 'v', version)
    return record
  end
  local id = key_ms ~= '' and call('GET', KEYS[5])
  return id and replay(id) or freed and not slot[2] and 'FREED'
end
