-- Notices that acknowledged writes are gone.  That is so if the slot's version
-- is lower than one that this gateway had seen when it sent the call.  It is
-- also so if the last record that a worker saw has vanished, or is REFUSED, a
-- state that is only written if there is no record; in this case others may
-- have raised the version since.  Records from before an operator opened the
-- slot (OPENED has the version that it got then) do not count.  The script
-- closes the slot, for all gateways, and writes nothing else.
-- KEYS: 3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
-- Reads call, OPENED, CLOSED, slot (of HMGET: 1 version, 2 why it is closed).
-- Sets seen_version, last_version, version.
local seen_version, last_version = ARGV[1], ARGV[2]
local version = tonumber(slot[1] or 0)
if not slot[2] then
  local seen = last_version ~= '' and call('GETRANGE', KEYS[3], 0, 0)
  local vanished = (seen == '' or seen == 'R')
    and tonumber(last_version) > tonumber(call('HGET', KEYS[1], OPENED) or 0)
  if vanished or version < tonumber(seen_version) then
    call('HSET', KEYS[1], CLOSED, 'regressed ' .. seen_version)
    return 'REGRESSED'
  end
end
