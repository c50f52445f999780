-- A replica can't tell how things are, and fails at this write, which changes
-- nothing.  Once a script has written, and be it this, Redis does not look for
-- memory: none that needs some may follow.
-- KEYS: 1 slot
-- Reads pcall.  Sets master.
local master = pcall('PERSIST', KEYS[1])
if type(master) == 'table' and string.find(master.err, '^READONLY') then
  return master
end
