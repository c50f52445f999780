#!lua flags=allow-oom
-- claim: the caller takes due events of a slot, to publish them.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 ms of the shard's clock, or 0 for now: events due until then
--       4 ms of the lease  5 events at most  6 bytes of records at most, but
--       for the first
--       7 ms that the record of an order lives after it has expired unpaid; '':
--       no order expires
--
-- Answers CLAIMED, the number of events, and 1 if there are more; then for each
-- event the line `<id>.<sequence> <bytes>`, and the record, of so many bytes.
--
-- The lease keeps other sweepers from claiming the same event.  It grows with
-- the age of an event that can't be published, to half a minute.  A record
-- lives for as long as its event is due; if it is gone all the same, it is
-- lost, and the script closes the slot.  An event is not claimed while the
-- event before it is due.  The script writes the version again: two claims at
-- one moment set the same lease, and a WAIT behind the second one would wait
-- for no write.

--@ head.lua
local horizon, least, most, room, keep = unpack(ARGV, 3)

if slot[2] then return 'CLOSED ' .. slot[2] end

--@ clock.lua
local orders = prefix .. 'order:'
--@ allowed.lua
local no = forbidden({ 'ZREM', KEYS[2], 'a' }, { 'ZADD', KEYS[2], 1, 'a' },
  { 'HSET', KEYS[1], VERSION, 1 }, { 'SET', KEYS[1], 'a' },
  { 'PEXPIRE', KEYS[1], 1 })
if no then return no end
--@ expire.lua
local due = call('ZRANGE', KEYS[2], '-inf',
  string.format('%.0f', math.max(now, tonumber(horizon))), 'BYSCORE',
  'LIMIT', 0, most)
local out, bytes, more = {}, 0, #due == tonumber(most)

for i = 1, #due do
  local id, seq = string.match(due[i], '^([^.]*)%.(%d+)$')
  local record = call('GET', orders .. id)
  if not record then
    call('HSET', KEYS[1], CLOSED, 'lost ' .. due[i])
    return 'REGRESSED'
  end
  bytes = bytes + #record
  if i > 1 and bytes > tonumber(room) then
    more = true
    break
  end
  local before = seq ~= '1' and call('ZSCORE', KEYS[2], id .. '.' .. seq - 1)
  local lease = before and math.max(1000, before - now + 1)
  if not before then
    local at = string.match(record, '^%u+ %d+ %x+ %d+ (%d+)')
    lease = math.max(least, math.min((now - at) / 2, 30000))
    out[#out + 1] = '\n' .. due[i] .. ' ' .. #record .. '\n' .. record
  end
  call('ZADD', KEYS[2], string.format('%.0f', now + lease), due[i])
  call('PEXPIRE', orders .. id, 86400000, 'GT')
end

if #out > 0 then call('HSET', KEYS[1], VERSION, version .. '') end

return 'CLAIMED ' .. #out .. (more and ' 1' or ' 0') .. table.concat(out)
