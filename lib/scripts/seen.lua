-- Answers what a script has only read.  Its write changes nothing, and fails on
-- a replica, whose data may be old.  After any write, also this one, Redis tests
-- no more whether there is memory, so no write that needs memory may follow.
-- KEYS: 1 slot
-- Reads pcall.  Sets seen.
local function seen(text)
  local master = pcall('PERSIST', KEYS[1])
  local replica = type(master) == 'table'
    and string.find(master.err, '^READONLY')
  return replica and master or text
end
