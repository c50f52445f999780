-- Before it answers that there is no such record, the script runs PERSIST, a
-- write without effect: on a replica, whose data may be old, that fails.
-- KEYS: 4 the order's record
-- Reads call, pcall, slot.  Sets record.
local record = call('GET', KEYS[4])
if not record then
  if slot[2] then return 'CLOSED ' .. slot[2] end
  local absent = pcall('PERSIST', KEYS[4])
  return absent == 0 and 'ABSENT' or absent
end
