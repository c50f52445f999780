-- Looks for a record that this id, or this Idempotency-Key, has made before: a
-- refusal never hides a record that exists.
-- KEYS: 4 the record to make  5 the Idempotency-Key's
-- ARGV: 3 id  4 fingerprint  5 ms the Idempotency-Key lives, '' for no key
-- Reads call, pcall, VERSION, prefix, slot, version, fingerprint, key_ms.
-- Sets replay, before.

-- Returns the record of `id`, which the Idempotency-Key names.  While its event
-- is due, the key is written again, so that a WAIT behind this script waits for
-- it too.
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

-- Returns the record of this very request as if it were made now, but not in a
-- closed slot, since its event may not be published from there.  FREED: home
-- gave the cart up before this call came.
local function before()
  local record = call('GET', KEYS[4])
  local freed = record and string.sub(record, 1, 8) == 'REFUSED '
  if record and not freed then
    if slot[2] then return nil end
    pcall('HSET', KEYS[1], VERSION, version)
    return record
  end
  local id = key_ms ~= '' and call('GET', KEYS[5])
  return id and replay(id) or freed and not slot[2] and 'FREED'
end
