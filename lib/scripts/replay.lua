-- What the scripts that make a record have in common.
-- KEYS: 3 the record to make  4 the last record seen  5 the Idempotency-Key's
-- ARGV: 1 version known  2 version of the last record seen, or ''
--       3 id  4 fingerprint  5 ms the Idempotency-Key lives, '' for no key

-- The record an Idempotency-Key has led to.  While it is not published its key
-- is written again, so that a WAIT behind this script waits for it too.
local function replay(id)
  local record = call('GET', string.sub(KEYS[3], 1, -31) .. id)
  if not record then return nil end
  local state, seq, fingerprint = string.match(record, '^(%u+) (%d+) (%x+) ')
  if state == 'REFUSED' then return nil end
  if fingerprint ~= ARGV[4] then return 'REUSED ' .. id end
  local due = call('ZSCORE', KEYS[2], id .. '.' .. seq)
  if due then pcall('PEXPIRE', KEYS[5], ARGV[5]) end
  return 'RECORD ' .. id .. (due and ' 0\n' or ' 1\n') .. record
end

-- What this id, or its key, has led to before: a refusal never hides a record
-- that exists.  Its own record is answered as if it were made now.
local function before()
  local record = call('GET', KEYS[3])
  if record then
    pcall('HSET', KEYS[1], 'v', call('HGET', KEYS[1], 'v'))
    return record
  end
  local id = ARGV[5] ~= '' and call('GET', KEYS[5])
  return id and replay(id)
end

-- The same in a closed slot, from where nothing may go on to be published.
local function before_closed(reason)
  local id = ARGV[5] ~= '' and call('GET', KEYS[5])
  return id and id ~= ARGV[3] and replay(id) or 'CLOSED ' .. reason
end

-- Makes the record, if neither it nor its key exists; else returns what to
-- answer.  The only writes that may be refused: they must be the first.
local function record_made(record, ms)
  if ARGV[5] ~= '' then
    local id = pcall('SET', KEYS[5], ARGV[3], 'NX', 'GET', 'PX', ARGV[5])
    if id then
      local answer = before()
      if answer then return answer end
      if id.err then return id end
      call('SET', KEYS[5], ARGV[3], 'PX', ARGV[5])
    end
  end
  local made
  if ms == '' then
    made = pcall('SET', KEYS[3], record, 'NX')
  else
    made = pcall('SET', KEYS[3], record, 'NX', 'PX', ms)
  end
  if made and made.ok then return nil end
  return before() or made
end
