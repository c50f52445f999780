#!lua flags=allow-oom
-- claim: who asks is to publish what is due in a slot.
--
-- KEYS: 1 slot  2 due  3 the last record seen
-- ARGV: 1 version known  2 version of the last record seen, or ''
--       3 ms of the shard's clock, or 0 for now: what is due until then
--       4 ms of the lease  5 events at most  6 bytes of records at most, but
--       for the first
--
-- Answers CLAIMED, how many, and 1 if there are more; then of each event the
-- line `<id>.<sequence> <bytes>`, and so many bytes: the record.
--
-- The lease keeps others from starting the same.  It grows with the age of what
-- can't be published, to half a minute.  A record lives for as long as it is
-- due; one that is gone all the same is a loss, and the slot is closed.

local call = redis.call
local slot = call('HMGET', KEYS[1], 'v', 'c')
local version = tonumber(slot[1] or 0)
--@ regressed.lua

if slot[2] then return 'CLOSED ' .. slot[2] end

local time = call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000
local orders = string.sub(KEYS[1], 1, -5) .. 'order:'
local due = call('ZRANGE', KEYS[2], '-inf',
  string.format('%.0f', math.max(now, tonumber(ARGV[3]))), 'BYSCORE',
  'LIMIT', 0, ARGV[5])
local records, bytes = {}, 0

for i = 1, #due do
  local record = call('GET', orders .. string.match(due[i], '^[^.]*'))
  if not record then
    call('HSET', KEYS[1], 'c', 'lost ' .. due[i])
    return 'REGRESSED'
  end
  bytes = bytes + #record
  if i > 1 and bytes > tonumber(ARGV[6]) then break end
  records[i] = record
end

local out = {}

for i = 1, #records do
  local at = string.match(records[i], '^%u+ %d+ %x+ %d+ (%d+)')
  local lease = math.max(ARGV[4], math.min((now - at) / 2, 30000))
  call('ZADD', KEYS[2], string.format('%.0f', now + lease), due[i])
  call('PEXPIRE', orders .. string.match(due[i], '^[^.]*'), 86400000, 'GT')
  out[i] = '\n' .. due[i] .. ' ' .. #records[i] .. '\n' .. records[i]
end

local more = #records < #due or #due == tonumber(ARGV[5])

return 'CLAIMED ' .. #records .. (more and ' 1' or ' 0') .. table.concat(out)
