-- PERSIST is a write without effect.  It fails on a replica, whose data may be
-- old.  Redis tests before a script's first write whether there is memory, and
-- then no more: so no write that needs memory may follow this one.
-- KEYS: 1 slot
-- Reads pcall.  Sets master.
local master = pcall('PERSIST', KEYS[1])
if type(master) == 'table' and string.find(master.err, '^READONLY') then
  return master
end
