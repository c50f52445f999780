-- fence: closes a slot that is to be reconciled, and remembers the version
-- that has survived (r), however often that is begun anew.
--
-- KEYS: 1 slot
--
-- Answers FENCED, that version, and the reason that the slot is closed for.

local call = redis.call
local slot = call('HMGET', KEYS[1], 'v', 'c', 'r')

if not slot[2] then call('HSET', KEYS[1], 'c', 'reconcile') end
if not slot[3] then call('HSET', KEYS[1], 'r', slot[1] or '0') end

return 'FENCED ' .. (slot[3] or slot[1] or '0') .. ' '
  .. (slot[2] or 'reconcile')
