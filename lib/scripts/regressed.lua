-- Acknowledged writes are gone: the slot's version is lower than one that was
-- known when this call was sent, or the record a worker saw made at a version
-- has vanished, or has become one that is REFUSED, which is made where none is,
-- though others may have raised the version since.  What an operator has opened
-- again (f: the version it was opened at) is past.  The slot is closed, for all,
-- and nothing else is written.
-- KEYS: 3 the last record seen
-- ARGV: 1 version seen  2 version of the last record seen, or ''
-- Reads call, slot (of HMGET: 1 version, 2 why it is closed).  Sets known,
-- last_version, version.
local known, last_version = ARGV[1], ARGV[2]
local version = tonumber(slot[1] or 0)
if not slot[2] then
  local seen = last_version ~= '' and call('GETRANGE', KEYS[3], 0, 0)
  local vanished = (seen == '' or seen == 'R')
    and tonumber(last_version) > tonumber(call('HGET', KEYS[1], 'f') or 0)
  if vanished or version < tonumber(known) then
    call('HSET', KEYS[1], 'c', 'regressed ' .. known)
    return 'REGRESSED'
  end
end
