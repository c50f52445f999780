-- fence: closes a slot for reconcile, and keeps the version that has survived
-- the loss in the field r.  If reconcile starts anew, that version stays.
--
-- KEYS: 1 slot
--
-- Answers FENCED, that version, and the reason why the slot is closed.

local call = redis.call
--@ slot_fields.lua
local slot = call('HMGET', KEYS[1], VERSION, CLOSED, SURVIVED)

if not slot[2] then call('HSET', KEYS[1], CLOSED, 'reconcile') end
if not slot[3] then call('HSET', KEYS[1], SURVIVED, slot[1] or '0') end

return 'FENCED ' .. (slot[3] or slot[1] or '0') .. ' '
  .. (slot[2] or 'reconcile')
