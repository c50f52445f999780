-- Returns the answer of a script that has only read; on a replica, the error of
-- its write without effect (master.lua).  No write that needs memory may
-- follow.
-- KEYS: 1 slot
-- Reads pcall.  Sets seen.
local function seen(text)
  local master = pcall('PERSIST', KEYS[1])
  local replica = type(master) == 'table'
    and string.find(master.err, '^READONLY')
  return replica and master or text
end
