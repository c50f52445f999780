-- fence: closes a slot for reconcile, and keeps the version that has survived
-- the loss in the field r.  If reconcile starts anew, that version stays.
--
-- KEYS: 1 slot
--
-- Answers FENCED, that version, and the reason why the slot is closed.

local call = redis.call
local slot = call('HMGET', KEYS[1], 'v', 'c', 'r')

if not slot[2] then call('HSET', KEYS[1], 'c', 'reconcile') end
if not slot[3] then call('HSET', KEYS[1], 'r', slot[1] or '0') end

return 'FENCED ' .. (slot[3] or slot[1] or '0') .. ' '
  .. (slot[2] or 'reconcile')
